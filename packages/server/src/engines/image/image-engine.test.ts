import assert from 'node:assert/strict';
import { link, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import type { Operation, OperationNamed } from '@millrace/process';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { isDomainError } from '../../domain/errors.ts';
import { crc64 } from '../../domain/objects/crc64.ts';
import type { MediaOutput } from '../../domain/ports/media-engine.ts';
import { createToolHost, type SandboxedToolHost } from '../host/create-tool-host.ts';
import { decodeBmp } from './bmp.ts';
import { createImageEngine, type ImageEngine, imageHealth } from './image-engine.ts';
import { estimateJpegQuality } from './jpeg-quality.ts';

let folder: string;
let host: SandboxedToolHost;
let engine: ImageEngine;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-image-'));
  host = createToolHost({ folder: join(folder, 'host'), sandbox: 'on' });
  engine = createImageEngine({ host });
});
after(async () => {
  await engine.close();
  await host.close();
  await rm(folder, { recursive: true, force: true });
});

async function process(bytes: Uint8Array, ...operations: Operation[]): Promise<{ output: MediaOutput; bytes: Buffer }> {
  const outputs: MediaOutput[] = [];
  await engine.run({
    source: {
      name: 'picture',
      size: bytes.length,
      bytes: () => Promise.resolve(bytes),
      file: () => Promise.reject(new Error('not asked for')),
    },
    operations,
    emit: async (output) => void outputs.push(output),
    signal: new AbortController().signal,
  });
  const [output] = outputs;
  assert.ok(output && 'bytes' in output.body && outputs.length === 1);
  return { output, bytes: Buffer.from(output.body.bytes) };
}

const resize = (params: Partial<OperationNamed<'image/resize'>['params']>): Operation => ({
  name: 'image/resize',
  params: { m: 'lfit', limit: 1, color: 'FFFFFF', ...params },
});
const crop = (params: Partial<OperationNamed<'image/crop'>['params']>): Operation => ({
  name: 'image/crop',
  params: { x: 0, y: 0, g: 'nw', ...params },
});
const rotate = (value: number): Operation => ({ name: 'image/rotate', params: { value } });
const format = (value: OperationNamed<'image/format'>['params']['value']): Operation => ({
  name: 'image/format',
  params: { value },
});
const quality = (params: OperationNamed<'image/quality'>['params']): Operation => ({ name: 'image/quality', params });
const info: Operation = { name: 'image/info', params: {} };

/** Red falls off to the right, green downwards: every place has its own colour. */
function gradient(width: number, height: number): Sharp {
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      data[at] = 255 - Math.floor((255 * x) / width);
      data[at + 1] = Math.floor((255 * y) / height);
      data[at + 2] = 64;
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

async function frames(count: number): Promise<Buffer> {
  const page = { width: 60, height: 40, channels: 3 as const };
  const pages = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      sharp({ create: { ...page, background: { r: 40 * index, g: 80, b: 200 } } })
        .png()
        .toBuffer(),
    ),
  );
  return sharp(pages, { join: { animated: true } })
    .gif({ delay: [100, 200, 300].slice(0, count), loop: 0 })
    .toBuffer();
}

const facts = async (bytes: Buffer) => {
  const { width, height, format: kind, pages, orientation, delay, pageHeight } = await sharp(bytes).metadata();
  return { width, height: pageHeight ?? height, format: kind, pages, orientation, delay };
};

async function pixel(bytes: Buffer, left: number, top: number): Promise<number[]> {
  return [...(await sharp(bytes).extract({ left, top, width: 1, height: 1 }).raw().toBuffer())];
}

const near = (actual: number[], expected: number[], tolerance = 12) =>
  assert.ok(
    expected.every((value, index) => Math.abs(value - (actual[index] ?? -999)) <= tolerance),
    `${actual} is not near ${expected}`,
  );

test('resizes a JPEG to an exact box and says what it is', async () => {
  const source = await gradient(400, 267).jpeg({ quality: 82 }).toBuffer();
  const { output, bytes } = await process(source, resize({ m: 'fixed', w: 100, h: 100 }));
  assert.equal(output.contentType, 'image/jpeg');
  assert.equal(output.extension, 'jpg');
  const { width, height, format: kind } = await facts(bytes);
  assert.deepEqual([width, height, kind], [100, 100, 'jpeg']);
  // JFIF, and the quality of the source.
  assert.equal(bytes.toString('latin1', 6, 10), 'JFIF');
  assert.equal(estimateJpegQuality(bytes), 82);
});

test('pads with the colour asked for', async () => {
  const source = await gradient(400, 200).png().toBuffer();
  const { bytes } = await process(source, resize({ m: 'pad', w: 100, h: 100, color: 'FF0000' }));
  near(await pixel(bytes, 50, 2), [255, 0, 0]);
  near(await pixel(bytes, 0, 50), [255, 127, 64]);
});

test('pads grey pictures, with alpha or without, in colour', async () => {
  for (const channels of [1, 2] as const) {
    const data = Buffer.alloc(60 * 40 * channels, 128);
    const grey = await sharp(data, { raw: { width: 60, height: 40, channels } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    assert.equal((await sharp(grey).metadata()).channels, channels);
    const { bytes } = await process(grey, resize({ m: 'pad', w: 50, h: 50, color: 'FF0000', limit: 0 }));
    assert.deepEqual((await pixel(bytes, 2, 2)).slice(0, 3), [255, 0, 0]);
    const [red, green, blue] = await pixel(bytes, 25, 25);
    assert.ok(red === green && green === blue);
  }
});

test('turns CMYK and 16 bits into what every reader shows', async () => {
  const picture = gradient(60, 40);
  for (const source of [
    await picture.clone().toColourspace('cmyk').jpeg().toBuffer(),
    await picture.clone().toColourspace('rgb16').png().toBuffer(),
  ]) {
    for (const operations of [[resize({ w: 30 })], [resize({ w: 30 }), rotate(30)]]) {
      for (const target of ['jpg', 'png', 'bmp'] as const) {
        const { bytes } = await process(source, ...operations, format(target));
        if (target === 'bmp') assert.ok(decodeBmp(bytes).width >= 30);
        else {
          const { space, depth } = await sharp(bytes).metadata();
          assert.deepEqual([space, depth], ['srgb', 'uchar']);
        }
      }
    }
  }
});

test('applies operations from left to right', async () => {
  const source = await gradient(400, 267).png().toBuffer();
  const first = await facts((await process(source, resize({ w: 200 }), rotate(90))).bytes);
  assert.deepEqual([first.width, first.height], [134, 200]);
  const second = await facts((await process(source, rotate(90), resize({ w: 200 }))).bytes);
  assert.deepEqual([second.width, second.height], [200, 300]);
});

test('turns a picture upright before all else, unless told not to', async () => {
  const source = await gradient(424, 333).jpeg().withMetadata({ orientation: 7 }).toBuffer();
  const upright = await facts((await process(source, resize({ w: 100 }))).bytes);
  assert.deepEqual([upright.width, upright.height, upright.orientation], [100, 127, undefined]);
  const asStored = await process(source, resize({ w: 100 }), { name: 'image/auto-orient', params: { value: 0 } });
  const { width, height } = await facts(asStored.bytes);
  assert.deepEqual([width, height], [100, 79]);
});

test('rotates by any angle, white behind a JPEG and nothing behind a PNG', async () => {
  const jpeg = await process(await gradient(300, 200).jpeg().toBuffer(), rotate(45));
  const { width, height } = await facts(jpeg.bytes);
  assert.deepEqual([width, height], [354, 354]);
  near(await pixel(jpeg.bytes, 1, 1), [255, 255, 255]);
  const png = await process(await gradient(300, 200).png().toBuffer(), rotate(45));
  assert.equal((await pixel(png.bytes, 1, 1))[3], 0);
});

test('flattens transparency on white when a PNG becomes a JPEG', async () => {
  const clear = { width: 20, height: 20, channels: 4 as const, background: { r: 0, g: 0, b: 0, alpha: 0 } };
  const { bytes } = await process(await sharp({ create: clear }).png().toBuffer(), format('jpg'));
  near(await pixel(bytes, 10, 10), [255, 255, 255]);
});

for (const [value, kind] of [
  ['jpg', 'jpeg'],
  ['png', 'png'],
  ['webp', 'webp'],
  ['tiff', 'tiff'],
  ['avif', 'heif'],
] as const) {
  test(`writes ${value}`, async () => {
    const { output, bytes } = await process(await gradient(64, 48).png().toBuffer(), format(value));
    const { width, height, format: written } = await facts(bytes);
    assert.deepEqual([width, height, written, output.extension], [64, 48, kind, value]);
  });
}

test('writes BMP, and reads it again', async () => {
  const source = await gradient(61, 33).png().toBuffer();
  const { output, bytes } = await process(source, format('bmp'));
  assert.equal(output.contentType, 'image/bmp');
  const { data, channels } = decodeBmp(bytes);
  assert.equal(channels, 3);
  assert.deepEqual(Buffer.from(data), await sharp(source).raw().toBuffer());
  const back = await process(bytes, format('png'));
  assert.deepEqual(await sharp(back.bytes).raw().toBuffer(), await sharp(source).raw().toBuffer());
});

test('keeps the format when asked for a GIF of what is none', async () => {
  const { output } = await process(await gradient(64, 48).jpeg().toBuffer(), format('gif'));
  assert.equal(output.extension, 'jpg');
});

test('keeps the frames of a GIF through resize and crop, and the first one through anything else', async () => {
  const source = await frames(3);
  const small = await facts((await process(source, resize({ w: 30 }), crop({ w: 20, h: 10 }))).bytes);
  assert.deepEqual([small.width, small.height, small.pages, small.delay], [20, 10, 3, [100, 200, 300]]);
  const padded = await facts((await process(source, resize({ m: 'pad', w: 20, h: 20 }), resize({ w: 10 }))).bytes);
  assert.deepEqual([padded.width, padded.height, padded.pages], [10, 10, 3]);
  const half = await facts((await process(source, resize({ p: 50 }))).bytes);
  assert.deepEqual([half.width, half.height, half.format, half.pages ?? 1], [30, 20, 'gif', 1]);
  const webp = await facts((await process(source, format('webp'))).bytes);
  assert.deepEqual([webp.format, webp.pages], ['webp', 3]);
  const png = await facts((await process(source, format('png'))).bytes);
  assert.deepEqual([png.width, png.height, png.pages ?? 1], [60, 40, 1]);
});

test('sets qualities relative to the source, or never above it', async () => {
  const at = (value: number) => gradient(200, 200).jpeg({ quality: value }).toBuffer();
  const written = async (source: number, params: OperationNamed<'image/quality'>['params']) =>
    estimateJpegQuality((await process(await at(source), quality(params))).bytes);
  assert.equal(await written(100, { q: 90 }), 90);
  assert.equal(await written(80, { q: 90 }), 72);
  assert.equal(await written(95, { Q: 90 }), 90);
  assert.equal(await written(80, { Q: 90 }), 80);
  assert.equal(await written(82, { q: 50, Q: 60 }), 60);
});

test('writes a progressive JPEG when asked', async () => {
  const source = await gradient(64, 64).jpeg().toBuffer();
  const progressive = async (value: 0 | 1) =>
    (await sharp((await process(source, { name: 'image/interlace', params: { value } })).bytes).metadata())
      .isProgressive;
  assert.deepEqual([await progressive(0), await progressive(1)], [false, true]);
});

test('tells size, format and EXIF as strings in alphabetical order', async () => {
  const source = await gradient(424, 333)
    .jpeg()
    .withExif({ IFD0: { Software: 'Mill 1.0', XResolution: '96/1' }, IFD3: { GPSLatitudeRef: 'N' } })
    .withMetadata({ orientation: 7 })
    .toBuffer();
  const { output, bytes } = await process(source, info);
  assert.equal(output.contentType, 'application/json');
  const told: Record<string, { value: string }> = JSON.parse(bytes.toString());
  assert.deepEqual(Object.keys(told), Object.keys(told).toSorted());
  assert.equal(told.FileSize?.value, String(source.length));
  assert.equal(told.Format?.value, 'jpg');
  assert.equal(told.ImageWidth?.value, '424');
  assert.equal(told.ImageHeight?.value, '333');
  assert.equal(told.Orientation?.value, '7');
  const png: unknown = JSON.parse((await process(await gradient(5, 6).png().toBuffer(), info)).bytes.toString());
  assert.deepEqual(Object.keys(png ?? {}), ['FileSize', 'Format', 'FrameCount', 'ImageHeight', 'ImageWidth']);
});

test('names the main colour', async () => {
  const plain = { width: 10, height: 10, channels: 3 as const, background: '#5c783b' };
  const { bytes } = await process(await sharp({ create: plain }).png().toBuffer(), {
    name: 'image/average-hue',
    params: {},
  });
  assert.deepEqual(JSON.parse(bytes.toString()), { RGB: '0x5c783b' });
});

const outcome = (work: () => Promise<Buffer>): Promise<Buffer | string> =>
  work().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));

test('operations done in one pass give what they give one by one', async () => {
  const source = await gradient(120, 90).png().toBuffer();
  const step = fc.oneof(
    fc
      .record({ w: fc.integer({ min: 20, max: 150 }), m: fc.constantFrom('lfit', 'fill', 'pad' as const) })
      .map(({ w, m }) => resize({ w, m, h: 50, limit: 0 })),
    fc.record({ x: fc.nat(10), y: fc.nat(10), w: fc.integer({ min: 20, max: 100 }) }).map((params) => crop(params)),
    fc.constantFrom(90, 180, 270).map(rotate),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 5 }), async (operations) => {
      const together = await outcome(async () => (await process(source, ...operations)).bytes);
      const oneByOne = await outcome(async () => {
        let bytes: Buffer = source;
        for (const operation of operations) bytes = (await process(bytes, operation)).bytes;
        return bytes;
      });
      // A crop may begin outside what the steps before it left: then it does so either way.
      if (!Buffer.isBuffer(together) || !Buffer.isBuffer(oneByOne)) {
        assert.deepEqual(together, oneByOne);
        return;
      }
      const a = await sharp(together).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      const b = await sharp(oneByOne).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      assert.deepEqual([a.info.width, a.info.height], [b.info.width, b.info.height]);
      let difference = 0;
      for (const [index, value] of a.data.entries()) difference += Math.abs(value - (b.data[index] ?? 0));
      assert.ok(difference / a.data.length < 2, `differs by ${difference / a.data.length} a channel`);
    }),
    {
      numRuns: 15,
      examples: [[[resize({ w: 20, h: 50, limit: 0 }), crop({ x: 0, y: 6, w: 20 }), crop({ x: 0, y: 9, w: 20 })]]],
    },
  );
});

/** A PNG of one colour whose pixels take almost no bytes. */
function hugePng(width: number, height: number): Buffer {
  const crcTable = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    let crc = 0xffffffff;
    for (const byte of body) crc = (crcTable[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
    const result = Buffer.alloc(body.length + 8);
    result.writeUInt32BE(data.length, 0);
    body.copy(result, 4);
    result.writeUInt32BE((crc ^ 0xffffffff) >>> 0, body.length + 4);
    return result;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const rows = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height), { level: 1 });
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

test('refuses a picture by its header, before decoding it', async () => {
  for (const [width, height, limit] of [
    [16_000, 16_000, 'source-pixels'],
    [31_000, 10, 'png-side'],
  ] as const) {
    await assert.rejects(
      process(hugePng(width, height), resize({ w: 10 })),
      (error) => isDomainError(error, 'MediaTooLarge') && error.details.limit === limit,
    );
  }
});

test('works on a picture of 200 million pixels within its memory', async () => {
  const { bytes } = await process(hugePng(20_000, 10_000), resize({ w: 100 }));
  assert.deepEqual(
    await sharp(bytes)
      .metadata()
      .then(({ width, height }) => [width, height]),
    [100, 50],
  );
});

test('refuses to turn a picture whose side is over 4096', async () => {
  await assert.rejects(
    process(hugePng(4097, 10), rotate(90)),
    (error) => isDomainError(error, 'MediaTooLarge') && error.details.limit === 'rotation-side',
  );
});

test('refuses what is no picture, damaged, or of a format it does not take', async () => {
  const jpeg = await gradient(200, 200).jpeg().toBuffer();
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  const damaged = [jpeg.subarray(0, 300), jpeg.subarray(0, jpeg.length / 2), Buffer.from('text'), Buffer.alloc(0), svg];
  for (const bytes of damaged) {
    await assert.rejects(process(bytes, resize({ w: 10 })), (error) => isDomainError(error, 'MediaUnreadable'));
  }
});

test('a picture that takes too long costs its worker, and the next one is served', async () => {
  const impatient = createImageEngine({ host, wallMs: 1 });
  const source = hugePng(15_000, 15_000);
  const run = (with_: ImageEngine, bytes: Buffer) =>
    with_.run({
      source: { name: 'a', size: bytes.length, bytes: () => Promise.resolve(bytes), file: () => Promise.resolve('') },
      operations: [resize({ w: 10 })],
      emit: () => Promise.resolve(),
      signal: new AbortController().signal,
    });
  await assert.rejects(
    run(impatient, source),
    (error) => isDomainError(error, 'MediaTooLarge') && error.details.limit === 'time',
  );
  await run(engine, await gradient(20, 20).png().toBuffer());
  await impatient.close();
});

test('its health names the decoder', async () => {
  const [line] = await imageHealth(engine);
  assert.deepEqual(line?.missing, []);
  assert.match(line?.version ?? '', /^sharp \d/);
});

test('reads a picture that is stored as a file where it lies, and only if it is what was stored', async () => {
  const picture = await gradient(64, 48).png().toBuffer();
  const stored = join(folder, 'stored.png');
  await writeFile(stored, picture);
  const damaged = new Error('the stored bytes are damaged');
  const read = async (checksum: string): Promise<Buffer[]> => {
    const outputs: Buffer[] = [];
    await engine.run({
      source: {
        name: 'stored.png',
        size: picture.length,
        bytes: () => Promise.reject(damaged),
        file: () => Promise.reject(new Error('not asked for')),
        async share(path) {
          await link(stored, path);
          return checksum;
        },
      },
      operations: [resize({ w: 32 })],
      emit: async ({ body }) => void outputs.push(Buffer.from('bytes' in body ? body.bytes : '')),
      signal: new AbortController().signal,
    });
    return outputs;
  };
  const [small] = await read(crc64(picture));
  assert.equal((await sharp(small).metadata()).width, 32);
  await assert.rejects(read('1'), damaged);
  // No name is left behind: the stored file would keep its bytes after its removal.
  while ((await stat(stored)).nlink > 1) await setImmediate();
});
