import type { Metadata } from 'sharp';
import sharp from 'sharp';
import { DomainError } from '../../domain/errors.ts';
import { readBmpHeader } from './bmp.ts';
import type { Extent } from './geometry.ts';
import { readJpegHeader } from './jpeg-header.ts';
import { type PictureFormat, sniffPicture } from './picture-format.ts';
import { checkSource, type PictureLimits } from './picture-limits.ts';

/** What the decoder says of a picture, as far as it decides about anything. */
type Facts = Pick<
  Metadata,
  'channels' | 'hasAlpha' | 'depth' | 'hasProfile' | 'loop' | 'delay' | 'chromaSubsampling' | 'exif'
>;

/** What the header says. */
export interface Picture {
  format: PictureFormat;
  bytes: Buffer;
  /** As stored: before orientation, of one frame. */
  stored: Extent;
  frames: number;
  /** EXIF orientation, 1–8. */
  orientation: number;
  metadata: Facts | undefined;
}

/** What the decoder throws concerns the picture; our own refusals say so themselves. */
export function unreadable(error: unknown, format: PictureFormat): unknown {
  if (error instanceof DomainError) return error;
  const reason = format === 'webp' ? 'The webp image file may be damaged.' : `The ${format} image file may be damaged.`;
  return new DomainError('MediaUnreadable', { reason, format }, { cause: error });
}

/** Reads what the header says and refuses what is too large. `as` says what it was before somebody else decoded it. */
export async function readPicture(bytes: Buffer, limits: PictureLimits, as?: PictureFormat): Promise<Picture> {
  const format = as ?? sniffPicture(bytes);
  if (!format) {
    throw new DomainError('MediaUnreadable', { reason: 'This image format is not supported.', format: 'unknown' });
  }
  if (format === 'bmp') {
    const header = readBmpHeader(bytes);
    if (!header || header.width <= 0 || header.height <= 0) throw unreadable(new Error('no size'), format);
    checkSource(format, header, 1, limits);
    return { format, bytes, stored: header, frames: 1, orientation: 1, metadata: undefined };
  }
  const header = format === 'jpg' ? readJpegHeader(bytes) : undefined;
  if (header) {
    const { width, height, orientation, exif, ...facts } = header;
    checkSource(format, header, 1, limits);
    const metadata: Facts = { ...facts, hasAlpha: false, depth: 'uchar', ...(exif && { exif }) };
    return { format, bytes, stored: { width, height }, frames: 1, orientation, metadata };
  }
  let metadata: Metadata;
  try {
    // All frames, so that their number is known.
    metadata = await sharp(bytes, { limitInputPixels: false, pages: -1 }).metadata();
  } catch (error) {
    throw unreadable(error, format);
  }
  const animated = format === 'gif' || format === 'webp';
  // Pages of a TIFF are separate pictures, of which the first counts.
  const frames = animated ? (metadata.pages ?? 1) : 1;
  const stored = { width: metadata.width, height: metadata.pageHeight ?? metadata.height };
  checkSource(format, stored, frames, limits);
  // A HEIC says by other means how it is turned, and its decoder has done so.
  const orientation = format === 'heic' ? 1 : (metadata.orientation ?? 1);
  return { format, bytes, stored, frames, orientation, metadata };
}
