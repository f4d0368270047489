import { writeFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { DomainError } from '../../domain/errors.ts';
import type { BoardJob, Boundary, MosaicTarget } from '../../domain/ports/picture-board.ts';
import { encodeBmp } from '../image/bmp.ts';
import type { Step } from '../image/geometry.ts';
import { contentTypes, type PictureFormat } from '../image/picture-format.ts';
import { blurSteps } from '../image/tone.ts';
import { checkColour, decoding, openPicture } from './open-picture.ts';

interface Area {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Makes parts of a picture unrecognisable and keeps its format, if no other is asked for. What reaches past an edge is cut off there. */
export async function mosaic(
  { targets, format: wanted, quality = QUALITY }: Extract<BoardJob, { type: 'mosaic' }>,
  bytes: Buffer,
  output: string,
): Promise<{ contentType: string; extension: string }> {
  const picture = await openPicture(bytes);
  const format = wanted ?? picture.format;
  if (format === 'svg' || format === 'heic') throw unsupported(format);
  return decoding(picture, async () => {
    const { data, info } = await picture.pixels().ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const raw = { width, height, channels: 4 } as const;
    for (const target of targets) {
      const area = areaOf(target.boundary, width, height);
      if (target.type === 'blur' || target.type === 'pure') await paint(target, area, data, raw);
      else stones(target, area, data, width);
    }
    const drawn = sharp(data, { raw });
    const { channels } = picture;
    const flat = channels === 4 || channels === 2 ? drawn : drawn.removeAlpha();
    if (format === 'bmp') {
      const plain = await drawn.removeAlpha().raw().toBuffer();
      await writeFile(output, encodeBmp({ data: plain, width, height, channels: 3 }));
    } else await encoded(flat, format, quality).toFile(output);
    return { contentType: contentTypes[format], extension: format };
  });
}

const QUALITY = 90;

function encoded(picture: Sharp, format: PictureFormat, quality: number): Sharp {
  // What can be seen through becomes white, as everywhere.
  if (format === 'jpg') return picture.flatten({ background: '#ffffff' }).jpeg({ quality: Math.max(1, quality) });
  if (format === 'png') return picture.png();
  if (format === 'webp') return picture.webp({ quality: Math.max(1, quality) });
  if (format === 'tiff') return picture.tiff({ compression: 'lzw' });
  if (format === 'gif') return picture.gif();
  throw unsupported(format);
}

const unsupported = (format: string): DomainError =>
  new DomainError('MediaUnsupported', {
    reason: `A ${format} cannot be written: use jpg, png, webp, tiff, bmp or gif.`,
  });

/** Throws `CropOutside` for what lies beside the picture. */
export function areaOf({ x, y, width: w, height: h, corner }: Boundary, width: number, height: number): Area {
  const of = (side: number, whole: number): number => Math.round(side > 0 && side < 1 ? side * whole : side);
  const [dx, dy, areaWidth, areaHeight] = [of(x, width), of(y, height), of(w, width), of(h, height)];
  const left = corner.endsWith('east') ? width - dx - areaWidth : dx;
  const top = corner.startsWith('south') ? height - dy - areaHeight : dy;
  const area = { left: Math.max(0, left), top: Math.max(0, top), width: 0, height: 0 };
  area.width = Math.min(width, left + areaWidth) - area.left;
  area.height = Math.min(height, top + areaHeight) - area.top;
  if (area.width <= 0 || area.height <= 0) {
    throw new DomainError('CropOutside', { parameter: 'Boundary', value: area.width <= 0 ? left : top });
  }
  return area;
}

async function paint(
  { type, sigma, blur, color }: MosaicTarget,
  area: Area,
  data: Buffer,
  raw: { width: number; height: number; channels: 4 },
): Promise<void> {
  checkColour(color, 'Color');
  const { width, height } = area;
  const painted =
    type === 'pure'
      ? sharp({ create: { width, height, channels: 4, background: color } })
      : await blurred(
          sharp(await sharp(data, { raw }).extract(area).png().toBuffer()),
          blurSteps({ r: blur, s: sigma }),
        );
  const pixels = await painted.ensureAlpha().raw().toBuffer();
  for (let row = 0; row < height; row += 1) {
    pixels.copy(data, 4 * ((area.top + row) * raw.width + area.left), 4 * row * width, 4 * (row + 1) * width);
  }
}

/** Steps that each need a pass of their own. */
async function blurred(picture: Sharp, steps: readonly Step[]): Promise<Sharp> {
  let done = picture;
  for (const step of steps) {
    if (step.kind === 'blur') done = done.blur({ sigma: step.sigma, minAmplitude: 0.02 });
    if (step.kind !== 'convolve') continue;
    const { width, height, weights } = step.kernel;
    done = sharp(
      await done
        .convolve({ width, height, kernel: [...weights], scale: 1 })
        .png()
        .toBuffer(),
    );
  }
  return done;
}

/** Every stone gets the mean of the pixels in it. */
function stones({ type, radius }: MosaicTarget, area: Area, data: Buffer, width: number): void {
  const side = Math.max(1, radius) * 2;
  const stoneOf = type === 'diamond' ? diamond : type === 'hexagon' ? hexagon : square;
  const sums = new Map<string, Float64Array>();
  const each = (work: (at: number, sum: Float64Array) => void): void => {
    for (let y = 0; y < area.height; y += 1) {
      for (let x = 0; x < area.width; x += 1) {
        const stone = stoneOf(x, y, side);
        let sum = sums.get(stone);
        if (sum === undefined) {
          sum = new Float64Array(5);
          sums.set(stone, sum);
        }
        work(4 * ((area.top + y) * width + area.left + x), sum);
      }
    }
  };
  each((at, sum) => {
    for (let channel = 0; channel < 4; channel += 1) sum[channel] = (sum[channel] ?? 0) + (data[at + channel] ?? 0);
    sum[4] = (sum[4] ?? 0) + 1;
  });
  each((at, sum) => {
    for (let channel = 0; channel < 4; channel += 1)
      data[at + channel] = Math.round((sum[channel] ?? 0) / (sum[4] ?? 1));
  });
}

const square = (x: number, y: number, side: number): string => `${Math.floor(x / side)} ${Math.floor(y / side)}`;

/** Squares that stand on a corner. */
const diamond = (x: number, y: number, side: number): string =>
  `${Math.floor((x + y) / side)} ${Math.floor((x - y) / side)}`;

/** The nearest centre, where every other row of centres is half a stone further. */
function hexagon(x: number, y: number, side: number): string {
  const rowHeight = (side * Math.sqrt(3)) / 2;
  let best = '';
  let nearest = Number.POSITIVE_INFINITY;
  const near = Math.round(y / rowHeight);
  for (let row = near - 1; row <= near + 1; row += 1) {
    const shift = row % 2 === 0 ? 0 : side / 2;
    const column = Math.round((x - shift) / side);
    const distance = (x - shift - column * side) ** 2 + (y - row * rowHeight) ** 2;
    if (distance < nearest) [best, nearest] = [`${column} ${row}`, distance];
  }
  return best;
}
