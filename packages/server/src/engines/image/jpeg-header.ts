import type { Extent } from './geometry.ts';

/** What stands before the first scan of a JPEG. */
export interface JpegHeader extends Extent {
  /** EXIF orientation, 1–8. */
  orientation: number;
  /** The segment that holds EXIF, with its mark. */
  exif: Buffer | undefined;
  hasProfile: boolean;
  channels: 1 | 3;
  chromaSubsampling: '4:4:4' | '4:2:0';
}

const START_OF_SCAN = 0xda;
const EXIF = 'Exif\0\0';
const PROFILE = 'ICC_PROFILE\0';

/**
 * Reads the header of an ordinary JPEG: 8 bits, grey or in colour, sequential or progressive. Of any other, or where
 * anything is odd, undefined: the decoder then looks at it. That is ten times the work, and each picture waits for it.
 */
export function readJpegHeader(bytes: Buffer): JpegHeader | undefined {
  let frame: (Extent & Pick<JpegHeader, 'channels' | 'chromaSubsampling'>) | undefined;
  let exif: Buffer | undefined;
  let hasProfile = false;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    if (marker === START_OF_SCAN) {
      const orientation = exif === undefined ? 1 : readOrientation(exif.subarray(EXIF.length));
      return frame && orientation !== undefined ? { ...frame, orientation, exif, hasProfile } : undefined;
    }
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    // Markers without a length do not stand here, and a header that is not all here says nothing.
    if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd9) || marker === 0xff || end < at + 4 || end > bytes.length) {
      return undefined;
    }
    const body = bytes.subarray(at + 4, end);
    if (marker === 0xe1 && body.toString('latin1', 0, EXIF.length) === EXIF) {
      if (exif) return undefined;
      exif = body;
    } else if (marker === 0xe2 && body.toString('latin1', 0, PROFILE.length) === PROFILE) {
      hasProfile = true;
    } else if (isFrame(marker)) {
      if (frame) return undefined;
      frame = marker <= 0xc2 ? readFrame(body) : undefined;
      if (!frame) return undefined;
    }
    at = end;
  }
  return undefined;
}

/** SOF0 to SOF15; in their midst are the tables of Huffman (C4) and arithmetic (CC) codes, and a reserved one (C8). */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

function readFrame(body: Buffer): (Extent & Pick<JpegHeader, 'channels' | 'chromaSubsampling'>) | undefined {
  const components = body[5] ?? 0;
  if (body[0] !== 8 || (components !== 1 && components !== 3) || body.length !== 6 + 3 * components) return undefined;
  const height = body.readUInt16BE(1);
  const width = body.readUInt16BE(3);
  if (width === 0 || height === 0) return undefined;
  const sampled = Array.from({ length: components }, (_, index) => body[7 + 3 * index] ?? 0);
  return {
    width,
    height,
    channels: components,
    chromaSubsampling: sampled.every((factors) => factors === 0x11) ? '4:4:4' : '4:2:0',
  };
}

const ORIENTATION = 0x0112;
const SHORT = 3;

/** The orientation in the first directory of a TIFF structure, 1 if it is not there; undefined where that is not as it should be. */
function readOrientation(tiff: Buffer): number | undefined {
  const order = tiff.toString('latin1', 0, 4);
  const little = order === 'II*\0';
  if (tiff.length < 8 || (!little && order !== 'MM\0*')) return undefined;
  const short = (at: number): number => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const directory = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (directory + 2 > tiff.length) return undefined;
  const count = short(directory);
  if (directory + 2 + count * 12 > tiff.length) return undefined;
  for (let entry = directory + 2; entry < directory + 2 + count * 12; entry += 12) {
    if (short(entry) !== ORIENTATION) continue;
    const value = short(entry + 8);
    return short(entry + 2) === SHORT && value >= 1 && value <= 8 ? value : undefined;
  }
  return 1;
}
