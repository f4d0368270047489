import { DomainError } from '../../domain/errors.ts';

export interface Raster {
  width: number;
  height: number;
  /** Red, green and blue, 8 bits each, rows from the top. */
  pixels: Buffer;
}

/** What stands before the pixels: `P6 WIDTH HEIGHT 255`. */
export const LONGEST_PPM_HEADER = 64;

/** A picture of the form that poppler draws to. Fails with `MediaTooLarge` when it has more than `mostPixels`, `EngineFailed` when it is none. */
export function readPpm(bytes: Buffer, mostPixels: number): Raster {
  const match = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(bytes.subarray(0, LONGEST_PPM_HEADER).toString('latin1'));
  if (!match) throw new DomainError('EngineFailed', { reason: 'pdftoppm wrote no picture.' });
  const width = Number(match[1]);
  const height = Number(match[2]);
  if (width * height > mostPixels) {
    throw new DomainError('MediaTooLarge', {
      limit: 'page-pixels',
      reason: `A page has ${width} by ${height} pixels; it may have ${mostPixels}.`,
    });
  }
  const pixels = bytes.subarray(match[0].length, match[0].length + width * height * 3);
  if (pixels.length < width * height * 3) {
    throw new DomainError('EngineFailed', { reason: 'pdftoppm stopped in the middle of a page.' });
  }
  return { width, height, pixels };
}
