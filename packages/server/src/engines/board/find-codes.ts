import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import type { FoundCode } from '../../domain/ports/picture-board.ts';
import { decoding, openPicture } from './open-picture.ts';

/** Codes are large beside a pixel: what a camera makes is read as well at half its size, in a quarter of the time. */
const MOST_SIDE = 4_000;

const SQUARE = new Set(['QRCode', 'MicroQRCode', 'RMQRCode']);

/** Reads every QR code and bar code that it finds. */
export async function findCodes(bytes: Buffer): Promise<FoundCode[]> {
  const picture = await openPicture(bytes);
  const { data, info } = await decoding(picture, () =>
    picture
      .pixels()
      .flatten({ background: '#FFFFFF' })
      .resize({ width: MOST_SIDE, height: MOST_SIDE, fit: 'inside', withoutEnlargement: true })
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true }),
  );
  const binary = readFileSync(fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm')));
  prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(binary).buffer } });
  const pixels = {
    data: new Uint8ClampedArray(data),
    width: info.width,
    height: info.height,
    colorSpace: 'srgb',
  } as const;
  const found = await readBarcodes(pixels, { tryHarder: true, maxNumberOfSymbols: 255 });
  const scale = picture.width / info.width;
  return found
    .filter(({ isValid }) => isValid)
    .map(({ format, text, position }) => {
      const corners = [position.topLeft, position.topRight, position.bottomLeft, position.bottomRight];
      const [left, top] = [Math.min(...corners.map(({ x }) => x)), Math.min(...corners.map(({ y }) => y))];
      const [right, bottom] = [Math.max(...corners.map(({ x }) => x)), Math.max(...corners.map(({ y }) => y))];
      const [l, t, w, h] = [left, top, right - left, bottom - top].map((side) => Math.max(0, Math.round(side * scale)));
      const kind = SQUARE.has(format) ? 'qrcode' : 'barcode';
      return { kind, text, left: l ?? 0, top: t ?? 0, width: w ?? 0, height: h ?? 0 };
    });
}
