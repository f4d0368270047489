import { DomainError } from '../../domain/errors.ts';
import type { Extent } from './geometry.ts';
import type { PictureFormat } from './picture-format.ts';

/** What a picture may be, checked from its header before a pixel is decoded. */
export interface PictureLimits {
  side: number;
  /** Width × height × frames. */
  pixels: number;
}

/** Where the formats themselves, or the vendor's decoders for them, end earlier. */
const MOST_SIDE: Partial<Record<PictureFormat, number>> = { tiff: 16_384, avif: 10_000 };

/** Frames of an animated picture: each costs a decoder time and memory of its own, however few pixels it has. */
const MOST_FRAMES = 5_000;

/** Refuses what is too large. */
export function checkSource(
  format: PictureFormat,
  { width, height }: Extent,
  frames: number,
  limits: PictureLimits,
): void {
  const side = Math.min(limits.side, MOST_SIDE[format] ?? limits.side);
  if (width > side || height > side) {
    throw new DomainError('MediaTooLarge', {
      limit: `${format}-side`,
      reason: `The picture is ${width}x${height}; a side of a ${format} may have ${side} pixels.`,
    });
  }
  if (width * height * frames > limits.pixels) {
    throw new DomainError('MediaTooLarge', {
      limit: 'source-pixels',
      reason: `The picture is ${width}x${height}${frames > 1 ? ` in ${frames} frames` : ''}; ${limits.pixels} pixels are allowed.`,
    });
  }
  if (frames > MOST_FRAMES) {
    throw new DomainError('MediaTooLarge', {
      limit: 'source-pixels',
      reason: `The picture has ${frames} frames; ${MOST_FRAMES} are allowed.`,
    });
  }
}
