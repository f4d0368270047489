import sharp from 'sharp';
import { DomainError } from '../../domain/errors.ts';
import type { BoardJob } from '../../domain/ports/picture-board.ts';
import { checkColour, decoding, LIMITS, openPicture } from './open-picture.ts';

type Splice = Extract<BoardJob, { type: 'splice' }>;

/** "A side has at most 32,876 pixels." */
const MOST_SIDE = 32_876;

interface Placed {
  input: Buffer;
  raw: { width: number; height: number; channels: 3 | 4 };
  left: number;
  top: number;
}

/** Puts pictures beside or below each other; all get the same height or width. */
export async function splice(job: Splice, pictures: readonly (() => Buffer)[], output: string): Promise<void> {
  const { direction, scale, padding, margin } = job;
  const vertical = direction === 'vertical';
  const clear = job.background === 'alpha';
  const background = clear ? { r: 0, g: 0, b: 0, alpha: 0 } : job.background;
  if (!clear) checkColour(job.background, 'BackgroundColor');
  const placed: Placed[] = [];
  let align = job.align;
  let along = margin;
  for (const [index, read] of pictures.entries()) {
    const picture = await openPicture(read());
    if (picture.format !== 'jpg' && picture.format !== 'png') {
      throw new DomainError('MediaUnsupported', { reason: `Pictures are jpg or png, and one is ${picture.format}.` });
    }
    const rotation = job.rotations[index] ?? 0;
    const lies = (rotation === 90 || rotation === 270) !== vertical;
    const [across, length] = lies ? [picture.width, picture.height] : [picture.height, picture.width];
    align ??= across;
    const long = scale === 'stretch' ? length : Math.max(1, Math.round((length * align) / across));
    const [width, height] = vertical ? [align, long] : [long, align];
    checkSize(vertical, align + 2 * margin, along + long + margin);
    const { data, info } = await decoding(picture, async () => {
      const drawn = picture.pixels();
      const turned = rotation === 0 ? drawn : sharp(await drawn.png().toBuffer()).rotate(rotation);
      const sized = turned.resize(width, height, { fit: 'fill' });
      const shown = clear ? sized.ensureAlpha() : sized.flatten({ background });
      return shown.raw().toBuffer({ resolveWithObject: true });
    });
    const channels = info.channels === 4 ? 4 : 3;
    const [left, top] = vertical ? [margin, along] : [along, margin];
    placed.push({ input: data, raw: { width: info.width, height: info.height, channels }, left, top });
    along += long + padding;
  }
  const across = (align ?? 1) + 2 * margin;
  const length = along - padding + margin;
  const [width, height] = vertical ? [across, length] : [length, across];
  const whole = sharp({
    create: { width, height, channels: clear ? 4 : 3, background },
    limitInputPixels: LIMITS.pixels,
  }).composite(placed);
  await (job.format === 'png' ? whole.png() : whole.jpeg({ quality: Math.max(1, job.quality) })).toFile(output);
}

function checkSize(vertical: boolean, across: number, length: number): void {
  const [width, height] = vertical ? [across, length] : [length, across];
  if (Math.max(width, height) <= MOST_SIDE && width * height <= LIMITS.pixels) return;
  throw new DomainError('MediaTooLarge', {
    limit: 'result-pixels',
    reason: `The result would be ${width}x${height}; ${MOST_SIDE} pixels a side and ${LIMITS.pixels} in all are allowed.`,
  });
}
