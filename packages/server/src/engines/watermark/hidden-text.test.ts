import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import sharp, { type Sharp } from 'sharp';
import { decodeBits, encodeBits } from './convolutional-code.ts';
import { findText } from './find-text.ts';
import { hideText, leastSideFor, type Strength } from './hide-text.ts';
import { capacityOf, SPREADS, signsOf, squareOf, textOf } from './layout.ts';
import { likeAPhoto } from './like-a-photo.ts';

const TEXT = '© Studio 图片 2026';

interface Size {
  width: number;
  height: number;
}

async function marked({ width, height }: Size, seed: number, text = TEXT, strength: Strength = 'low'): Promise<Buffer> {
  const pixels = likeAPhoto(width, height, seed);
  hideText(pixels, { width, height, channels: 3 }, text, strength);
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}

const scaled = (picture: Buffer, { width }: Size, share: number): Sharp =>
  sharp(picture).resize(Math.round(width * share));

/** What is left when so much of each side is cut off, not from the corner and not at the edge of a cell. */
const cut = (picture: Buffer, { width, height }: Size, share: number): Sharp =>
  sharp(picture).extract({
    left: Math.floor(width * share * 0.7) + 1,
    top: Math.floor(height * share * 0.3) + 1,
    width: Math.floor(width * (1 - share)) - 2,
    height: Math.floor(height * (1 - share)) - 2,
  });

const jpeg = (picture: Sharp, quality: number): Promise<Buffer> => picture.jpeg({ quality }).toBuffer();

describe('a hidden text', () => {
  for (const [seed, size] of [
    { width: 600, height: 450 },
    { width: 480, height: 640 },
    { width: 500, height: 333 },
    { width: 800, height: 600 },
  ].entries()) {
    it(`is found in a picture of ${size.width}x${size.height} after compression, scaling and cropping`, async () => {
      const picture = await marked(size, seed);
      const part = await jpeg(cut(picture, size, 0.2), 90);
      const left = await sharp(part).metadata();
      const changed = {
        'as it is': picture,
        'quality 75': await jpeg(sharp(picture), 75),
        '70 percent, quality 75': await jpeg(scaled(picture, size, 0.7), 75),
        'a fifth of each side cut off, quality 75': await jpeg(sharp(part), 75),
        'all of these': await jpeg(scaled(part, left, 0.7), 75),
        'as WebP': await sharp(picture).webp({ quality: 75 }).toBuffer(),
        enlarged: await jpeg(scaled(picture, size, 1.3), 75),
      };
      for (const [what, bytes] of Object.entries(changed)) assert.equal(await findText(sharp(bytes)), TEXT, what);
    });
  }

  it('is found in a picture of many pixels, whatever part of it is left', async () => {
    const size = { width: 2000, height: 1500 };
    const picture = await marked(size, 4);
    assert.equal(await findText(sharp(picture)), TEXT);
    assert.equal(await findText(sharp(await jpeg(scaled(picture, size, 0.7), 75))), TEXT);
    assert.equal(await findText(sharp(await jpeg(cut(picture, size, 0.5), 75))), TEXT);
  });

  it('is found in the smallest pictures that have room for it', async () => {
    for (const [text, side] of [
      ['small', 128],
      ['Made by Example Studio, 2026; all rights reserved.', 256],
      ['x'.repeat(256), 384],
      ['图'.repeat(256), 768],
    ] as const) {
      assert.equal(leastSideFor(text), side);
      const size = { width: side, height: side };
      assert.equal(await findText(sharp(await jpeg(sharp(await marked(size, 5, text, 'high')), 85))), text);
    }
  });

  it('survives more the stronger it is, and can hardly be seen when it is weak', async () => {
    const size = { width: 600, height: 450 };
    const noise = (strength: Strength): number => {
      const before = likeAPhoto(size.width, size.height, 6);
      const after = Buffer.from(before);
      hideText(after, { ...size, channels: 3 }, TEXT, strength);
      const squares = after.reduce((sum, value, index) => sum + (value - (before[index] ?? 0)) ** 2, 0);
      return 10 * Math.log10(255 ** 2 / (squares / after.length));
    };
    assert.ok(noise('low') > 38, `${noise('low')} dB`);
    assert.ok(noise('low') > noise('medium') && noise('medium') > noise('high'));
    const strong = await marked(size, 6, TEXT, 'high');
    assert.equal(await findText(sharp(await jpeg(scaled(strong, size, 0.5), 50))), TEXT);
  });

  it('is found in grey pictures and behind transparency', async () => {
    const { width, height } = { width: 400, height: 300 };
    const grey = await sharp(likeAPhoto(width, height, 7), { raw: { width, height, channels: 3 } })
      .greyscale()
      .raw()
      .toBuffer();
    hideText(grey, { width, height, channels: 1 }, TEXT, 'low');
    const picture = sharp(grey, { raw: { width, height, channels: 1 } });
    assert.equal(await findText(sharp(await picture.png().toBuffer())), TEXT);
    const clear = await picture.joinChannel(Buffer.alloc(width * height, 250), { raw: { width, height, channels: 1 } });
    assert.equal(await findText(sharp(await clear.png().toBuffer())), TEXT);
  });

  it('is not found where none is', async () => {
    for (const seed of [11, 12]) {
      const [width, height] = [500, 400];
      const plain = sharp(likeAPhoto(width, height, seed), { raw: { width, height, channels: 3 } });
      assert.equal(await findText(sharp(await jpeg(plain, 85))), undefined);
    }
    const white = sharp({ create: { width: 300, height: 300, channels: 3, background: '#fff' } });
    assert.equal(await findText(sharp(await white.png().toBuffer())), undefined);
    const dot = sharp({ create: { width: 1, height: 1, channels: 3, background: '#fff' } });
    assert.equal(await findText(sharp(await dot.png().toBuffer())), undefined);
  });

  it('is never read out of noise', () => {
    let state = 1;
    const draw = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32 - 0.5;
    };
    for (let round = 0; round < 300; round++) {
      const square = squareOf(SPREADS[round % 2] ?? 1);
      assert.equal(
        textOf(
          Float32Array.from({ length: square.side ** 2 }, () => draw()),
          square,
        ),
        undefined,
      );
    }
  });

  it('is read although a tenth of its cells are gone and others wrong', () => {
    let state = 2;
    const draw = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    for (const spread of SPREADS) {
      const square = squareOf(spread);
      const text = 'x'.repeat(capacityOf(square));
      const seen = Float32Array.from(signsOf(Buffer.from(text), square), (sign) => {
        if (draw() < 0.1) return 0;
        return draw() < 0.03 ? -sign : sign;
      });
      assert.equal(textOf(seen, square), text, `spread ${spread}`);
    }
  });

  it('has a code that gives back what went in', () => {
    const bits = Array.from({ length: 500 }, (_, index) => ((index * index) >> 3) & 1);
    assert.deepEqual(decodeBits(Float64Array.from(encodeBits(bits)), bits.length), bits);
  });
});
