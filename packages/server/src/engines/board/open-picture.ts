import sharp, { type Sharp } from 'sharp';
import { DomainError } from '../../domain/errors.ts';
import { decodeBmp } from '../image/bmp.ts';
import { readPicture, unreadable } from '../image/picture.ts';
import { type PictureFormat, sniffPicture } from '../image/picture-format.ts';
import type { PictureLimits } from '../image/picture-limits.ts';

export const LIMITS: PictureLimits = { side: 30_000, pixels: 250_000_000 };

/** A picture that is ready to be worked on, upright. */
export interface OpenPicture {
  format: PictureFormat | 'svg';
  bytes: Buffer;
  /** As it is seen. */
  width: number;
  height: number;
  /** Whether the stored pixels are what is seen. */
  upright: boolean;
  channels: number;
  pixels(): Sharp;
}

const SVG_HEAD_BYTES = 1024;

/** Throws `MediaUnreadable`, `MediaTooLarge` and `MediaUnsupported`. */
export async function openPicture(bytes: Buffer): Promise<OpenPicture> {
  const drawn = sniffPicture(bytes) === undefined && /<svg[\s>]/i.test(bytes.toString('latin1', 0, SVG_HEAD_BYTES));
  if (drawn) return openSvg(bytes);
  const picture = await readPicture(bytes, LIMITS);
  const { format, stored, orientation, metadata } = picture;
  if (format === 'heic') throw new DomainError('MediaUnsupported', { reason: 'HEIC pictures are not taken here.' });
  const turned = orientation >= 5;
  const size = turned ? { width: stored.height, height: stored.width } : stored;
  const { pixels: limitInputPixels } = LIMITS;
  const pixels = (): Sharp => {
    if (format !== 'bmp') return sharp(bytes, { limitInputPixels }).autoOrient().toColourspace('srgb');
    const { data, width, height, channels } = decodeBmp(bytes);
    return sharp(Buffer.from(data.buffer, data.byteOffset, data.byteLength), { raw: { width, height, channels } });
  };
  const channels = metadata?.channels ?? 3;
  return { format, bytes, ...size, upright: orientation === 1, channels, pixels };
}

async function openSvg(bytes: Buffer): Promise<OpenPicture> {
  try {
    const { width, height } = await sharp(bytes, { limitInputPixels: LIMITS.pixels }).metadata();
    const pixels = (): Sharp => sharp(bytes, { limitInputPixels: LIMITS.pixels });
    return { format: 'svg', bytes, width, height, upright: true, channels: 4, pixels };
  } catch (error) {
    throw new DomainError('MediaUnreadable', { reason: 'The svg image file may be damaged.' }, { cause: error });
  }
}

/** What a decoder throws while it works concerns the picture. */
export async function decoding<T>({ format }: OpenPicture, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unreadable(error, format === 'svg' ? 'png' : format);
  }
}

/** Throws `ProcessInvalid` for what is no colour. */
export function checkColour(colour: string, parameter: string): void {
  try {
    sharp({ create: { width: 1, height: 1, channels: 3, background: colour } });
  } catch {
    const reason = 'A colour is written #RRGGBB, or is a name such as white.';
    throw new DomainError('ProcessInvalid', { operation: '', parameter, value: colour, reason });
  }
}
