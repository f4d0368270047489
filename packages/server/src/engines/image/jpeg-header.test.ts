import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import sharp, { type JpegOptions } from 'sharp';
import { readJpegHeader } from './jpeg-header.ts';

const scene = (channels: 3 | 4 = 3) =>
  sharp({ create: { width: 61, height: 43, channels, background: '#c06030' } }).composite([
    { input: Buffer.from('<svg width="30" height="20"><circle cx="15" cy="10" r="9" fill="#0a5"/></svg>') },
  ]);

const encoded = (options: JpegOptions = {}): Promise<Buffer> => scene().removeAlpha().jpeg(options).toBuffer();

describe('the header of a JPEG', () => {
  it('is read as the decoder reads it, whichever way the picture was written', async () => {
    const pictures = {
      baseline: await encoded(),
      progressive: await encoded({ progressive: true }),
      unsampled: await encoded({ chromaSubsampling: '4:4:4' }),
      grey: await scene().removeAlpha().greyscale().jpeg().toBuffer(),
      'with a profile': await scene().removeAlpha().keepIccProfile().withIccProfile('p3').jpeg().toBuffer(),
      'with EXIF of its own': await scene()
        .removeAlpha()
        .withExif({ IFD0: { Copyright: 'nobody', Software: 'none' } })
        .jpeg()
        .toBuffer(),
    };
    for (const [name, bytes] of Object.entries(pictures)) {
      const metadata = await sharp(bytes).metadata();
      const { exif, orientation, ...header } = readJpegHeader(bytes) ?? assert.fail(name);
      const { width, height, channels, hasProfile, chromaSubsampling } = metadata;
      assert.deepEqual(header, { width, height, channels, hasProfile, chromaSubsampling }, name);
      assert.equal(orientation, metadata.orientation ?? 1, name);
      assert.deepEqual(exif, metadata.exif, name);
    }
  });

  it('says how the picture is turned', async () => {
    for (let orientation = 1; orientation <= 8; orientation += 1) {
      const bytes = await scene().removeAlpha().withMetadata({ orientation }).jpeg().toBuffer();
      assert.equal(readJpegHeader(bytes)?.orientation, orientation);
    }
  });

  it('is left to the decoder where it is not that of an ordinary picture, or cut off', async () => {
    const cmyk = await scene().toColourspace('cmyk').jpeg().toBuffer();
    assert.equal(readJpegHeader(cmyk), undefined);
    const bytes = await scene().removeAlpha().withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const scan = bytes.indexOf(Buffer.from([0xff, 0xda]));
    for (let length = 0; length < scan + 2; length += 1) {
      assert.equal(readJpegHeader(bytes.subarray(0, length)), undefined, `${length} bytes`);
    }
  });

  it('never fails on rubbish', async () => {
    const bytes = await scene().removeAlpha().withMetadata({ orientation: 6 }).jpeg().toBuffer();
    for (let at = 2; at < 700; at += 1) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const broken = Buffer.from(bytes);
        broken[at] = value;
        readJpegHeader(broken);
      }
    }
  });
});
