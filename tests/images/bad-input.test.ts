/** Pictures made to do harm, and pictures that are none. Each is refused by its header or by its decoder, and the next is served. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import { encodeBase64 } from '@millrace/process';
import { oss, type RunningServer, startServer } from '@millrace/testkit';
import sharp from 'sharp';
import { BUCKET, codeOf, process, processed, store } from './pictures.ts';
import { scene } from './sources.ts';

let server: RunningServer;
before(async () => {
  server = await startServer();
  await oss(server, { method: 'PUT', path: `/${BUCKET}/` });
  await store(server, 'good.png', await scene(40, 30).png().toBuffer());
});
after(() => server.stop());

let rounds = 0;
afterEach(async () => {
  rounds += 1;
  const good = await processed(server, 'good.png', `image/resize,w_${(rounds % 30) + 5}`);
  assert.equal((await sharp(good).metadata()).format, 'png');
});

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** A PNG of one colour that says it is so large. */
function png(width: number, height: number, data = deflateSync(Buffer.alloc(1024))): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

/** A GIF of so many frames of one pixel, each told to cover the whole screen. */
function gif(frames: number, side: number): Buffer {
  const screen = Buffer.from('474946383961', 'hex');
  const size = Buffer.alloc(7);
  size.writeUInt16LE(side, 0);
  size.writeUInt16LE(side, 2);
  size[4] = 0x80;
  const palette = Buffer.from('000000ffffff', 'hex');
  const frame = Buffer.from('21f904000a0000002c000000000100010000 02024401 00'.replaceAll(' ', ''), 'hex');
  return Buffer.concat([screen, size, palette, ...Array.from({ length: frames }, () => frame), Buffer.from(';')]);
}

function jpegOf(width: number, height: number): Buffer {
  const sof = Buffer.from('ffc0001108000000000301220002110103110100', 'hex').subarray(0, 19);
  sof.writeUInt16BE(height, 5);
  sof.writeUInt16BE(width, 7);
  return Buffer.concat([
    Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
    sof,
    Buffer.from('ffda000c03010002110311003f00ffd9', 'hex'),
  ]);
}

/** Three entries of a TIFF that says it is so large, its data somewhere past the end. */
function tiff(width: number, height: number): Buffer {
  const entry = (tag: number, type: number, value: number) => {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt16LE(tag, 0);
    bytes.writeUInt16LE(type, 2);
    bytes.writeUInt32LE(1, 4);
    bytes.writeUInt32LE(value, 8);
    return bytes;
  };
  const entries = [
    entry(256, 4, width),
    entry(257, 4, height),
    entry(258, 3, 8),
    entry(259, 3, 1),
    entry(262, 3, 1),
    entry(273, 4, 4000),
    entry(277, 3, 1),
    entry(278, 4, height),
    entry(279, 4, width * height),
  ];
  const count = Buffer.alloc(2);
  count.writeUInt16LE(entries.length);
  // The next directory is this one again.
  const next = Buffer.alloc(4);
  next.writeUInt32LE(8);
  return Buffer.concat([Buffer.from('49492a0008000000', 'hex'), count, ...entries, next]);
}

const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><image href="file:///etc/passwd"/></svg>';

const harmful: readonly [name: string, bytes: () => Buffer | Promise<Buffer>, codes: string[]][] = [
  ['a PNG with a side of 30,001 pixels', () => png(30_001, 1), ['MemLimitExceeded']],
  ['a PNG of 256 million pixels of one colour', () => png(16_000, 16_001), ['MemLimitExceeded']],
  ['a GIF of 10,000 frames', () => gif(10_000, 1), ['MemLimitExceeded']],
  ['a GIF whose frames have 300 million pixels together', () => gif(300, 1_000), ['MemLimitExceeded']],
  ['a JPEG with a side of 65,500 pixels', () => jpegOf(65_500, 10), ['MemLimitExceeded']],
  ['a TIFF with a side of 20,000 pixels', () => tiff(20_000, 10), ['MemLimitExceeded', 'BadRequest']],
  ['a TIFF whose directory is its own successor', () => tiff(50, 50), ['BadRequest']],
  ['an SVG that names a file', () => Buffer.from(svg), ['BadRequest']],
  ['an SVG behind a declaration', () => Buffer.from(`<?xml version="1.0"?><!DOCTYPE svg>${svg}`), ['BadRequest']],
  ['a PDF', () => Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj'), ['BadRequest']],
  ['a script with the beginning of a GIF', () => Buffer.from('GIF89a/*\u0000*/=1;alert(1)'), ['BadRequest']],
  [
    'a ZIP behind the beginning of a JPEG',
    () => Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.from('PK\u0003\u0004'), Buffer.alloc(64)]),
    ['BadRequest'],
  ],
  [
    'a HEIC without anything in it',
    () =>
      Buffer.concat([Buffer.from('0000001866747970686569630000000068656963', 'hex'), Buffer.from('6d696631', 'hex')]),
    ['BadRequest'],
  ],
  [
    'a BMP that says it is larger than its file',
    () =>
      Buffer.concat([
        Buffer.from('424d460000000000000036000000280000000a2700000a270000010018', 'hex'),
        Buffer.alloc(40),
      ]),
    ['BadRequest'],
  ],
  ['nothing', () => Buffer.alloc(0), ['BadRequest']],
  ['one byte', () => Buffer.from([0xff]), ['BadRequest']],
];

for (const [name, make, codes] of harmful) {
  test(`${name} is refused`, async () => {
    const bytes = await make();
    await store(server, 'harm', bytes);
    for (const text of ['image/resize,w_10', 'image/info', 'image/blur,r_50,s_50']) {
      const began = performance.now();
      const answer = await process(server, 'harm', text);
      // What only describes a picture need not find that it cannot be decoded.
      if (text === 'image/info' && answer.status === 200) continue;
      assert.equal(answer.status, 400, answer.text);
      assert.ok(codes.includes(codeOf(answer)), `${codeOf(answer)}: ${answer.text}`);
      assert.ok(performance.now() - began < 10_000);
    }
    const marked = await process(server, 'good.png', `image/watermark,image_${encodeBase64('harm')}`);
    assert.equal(marked.status, 400, marked.text);
  });
}

test('a picture that begins as one format and goes on as another is what it begins as', async () => {
  const picture = await scene(20, 20).png().toBuffer();
  await store(server, 'two.png', Buffer.concat([picture, Buffer.from(`<script>${svg}</script>`)]));
  const bytes = await processed(server, 'two.png', 'image/resize,w_10');
  assert.ok(!bytes.includes('script'));
});

test('a picture that is its own watermark is marked once', async () => {
  const text = `image/watermark,image_${encodeBase64('good.png?x-oss-process=image/resize,P_50')}`;
  const { width } = await sharp(await processed(server, 'good.png', text)).metadata();
  assert.equal(width, 40);
});

test('more than 20 MB is not looked at', async () => {
  await store(server, 'long.png', Buffer.concat([png(10, 10), Buffer.alloc(20 * 1024 * 1024)]));
  const answer = await process(server, 'long.png', 'image/resize,w_5');
  assert.deepEqual([answer.status, answer.headers['x-oss-ec']], [400, '0040-00000001']);
});
