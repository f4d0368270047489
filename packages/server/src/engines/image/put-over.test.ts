import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encodeBase64 } from '@millrace/process';
import sharp, { type Sharp } from 'sharp';
import { processPicture } from './process-picture.ts';

const limits = { side: 30_000, pixels: 250_000_000 };
const MARK = { width: 30, height: 20 };

/** Half of it is half transparent. */
const markPicture = (): Sharp =>
  sharp({ create: { ...MARK, channels: 4, background: '#ff2000ff' } }).composite([
    {
      input: { create: { width: 15, height: 20, channels: 4, background: '#0000ff80' } },
      left: 0,
      top: 0,
      blend: 'source',
    },
  ]);

const slope = (channels: 3 | 4): Sharp => {
  const data = Buffer.alloc(120 * 90 * channels);
  for (let at = 0; at < data.length; at += channels) {
    const x = (at / channels) % 120;
    for (let channel = 0; channel < channels; channel += 1) data[at + channel] = x + 30 * channel + 20;
  }
  return sharp(data, { raw: { width: 120, height: 90, channels } });
};

const sources: Record<string, () => Promise<Buffer>> = {
  opaque: () => slope(3).png().toBuffer(),
  transparent: () => slope(4).png().toBuffer(),
  grey: () => slope(3).greyscale().png().toBuffer(),
  deep: () => slope(3).toColourspace('rgb16').png().toBuffer(),
  'a photo': () => slope(3).jpeg({ quality: 95 }).toBuffer(),
};

const seen = (bytes: Uint8Array | Sharp): Promise<Buffer> =>
  (bytes instanceof Uint8Array ? sharp(bytes) : bytes).toColourspace('srgb').ensureAlpha().raw().toBuffer();

for (const [name, make] of Object.entries(sources)) {
  test(`a watermark on a picture that is worked on afterwards looks as the decoder would draw it: ${name}`, async () => {
    const bytes = await make();
    const mark = await markPicture().png().toBuffer();
    const image = encodeBase64('mark.png').replaceAll('=', '');
    const text = `image/watermark,image_${image},g_se,x_10,y_12/watermark,image_${image},g_nw,x_5,y_4/rotate,180`;
    const [operations = []] = decode(`${text}/format,png`, 'sync').stages;
    const inputs = new Map([['mark.png', mark]]);
    const result = await processPicture({ bytes, operations, limits, inputs });
    assert.ok('bytes' in result);
    const marked = await sharp(bytes)
      .toColourspace('srgb')
      .composite([
        { input: mark, left: 120 - 30 - 10, top: 90 - 20 - 12 },
        { input: mark, left: 5, top: 4 },
      ])
      .png()
      .toBuffer();
    const expected = await seen(sharp(marked).rotate(180));
    const actual = await seen(result.bytes);
    assert.equal(actual.length, expected.length);
    const most = actual.reduce((far, value, at) => Math.max(far, Math.abs(value - (expected[at] ?? 0))), 0);
    assert.ok(most <= 1, `differs by up to ${most}`);
  });
}
