import assert from 'node:assert/strict';
import { test } from 'node:test';
import decodeQR from 'qr/decode.js';
import { qrLines } from './qr.ts';

/** What a camera sees of the lines: four by four pixels for each module. */
function seen(lines: readonly string[]): { width: number; height: number; data: Uint8Array } {
  const rows = lines.flatMap((line) => {
    const characters = [...line].filter((character) => ' ▀▄█'.includes(character));
    return [characters.map((one) => '▀█'.includes(one)), characters.map((one) => '▄█'.includes(one))];
  });
  const scale = 4;
  const width = (rows[0]?.length ?? 0) * scale;
  const height = rows.length * scale;
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const light = rows[Math.floor(y / scale)]?.[Math.floor(x / scale)] === true;
      data.fill(light ? 255 : 0, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return { width, height, data };
}

test('a URL can be read from the terminal by a camera, a long one too', () => {
  for (const text of [
    'https://example.com/a',
    `http://127.0.0.1:9000/b/k?x-oss-signature=${'0123456789abcdef'.repeat(30)}`,
  ]) {
    assert.equal(decodeQR(seen(qrLines(text))), text);
  }
});
