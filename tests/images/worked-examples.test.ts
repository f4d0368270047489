import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Answer, oss, type RunningServer, startServer } from '@millrace/testkit';
import sharp from 'sharp';
import { convert, distance, identify, type Pixels } from './imagemagick.ts';
import { type SourceName, scene, sources } from './sources.ts';
import { type Example, type Expectation, examples } from './worked-examples.ts';

/** How far a result may look from the reference where the table says nothing else: so that the difference can just not be seen. */
const WITHIN = 2.3;

const types: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  bmp: 'image/bmp',
  tiff: 'image/tiff',
  heic: 'image/heic',
  avif: 'image/avif',
};

let server: RunningServer;
const stored = new Map<SourceName, Buffer>();
before(async () => {
  server = await startServer();
  await oss(server, { method: 'PUT', path: '/pictures/' });
  for (const name of Object.keys(sources) as SourceName[]) {
    const body = await sources[name]();
    stored.set(name, body);
    const { status, text } = await oss(server, { method: 'PUT', path: `/pictures/${name}`, body });
    assert.equal(status, 200, text);
  }
});
after(() => server.stop());

describe('the worked examples', { concurrency: 4 }, () => {
  for (const example of examples) {
    const { n, source, process, expect } = example;
    test(`${n === undefined ? '' : `${n}: `}${source} ${process.slice(0, 90)}`, async () => {
      const answer = await oss(server, {
        method: 'GET',
        path: `/pictures/${source}`,
        query: { 'x-oss-process': `image/${process}` },
      });
      if ('error' in expect) isRefusal(answer, expect);
      else if ('json' in expect) await isText(answer, example, expect);
      else await isPicture(answer, example, expect);
    });
  }
});

function isRefusal({ status, text, headers }: Answer, expect: Extract<Expectation, { error: string }>): void {
  assert.equal(status, expect.status ?? 400, text);
  assert.equal(/<Code>(.*)<\/Code>/.exec(text)?.[1], expect.error, text);
  if (expect.ec !== undefined) assert.equal(headers['x-oss-ec'], expect.ec, text);
  if (expect.message !== undefined)
    assert.ok(text.replaceAll('&apos;', "'").replaceAll('&#39;', "'").includes(expect.message), text);
}

async function isText(
  { status, text, headers }: Answer,
  { source, process }: Example,
  expect: { json: Record<string, string> },
) {
  assert.equal(status, 200, text);
  assert.equal(headers['content-type'], 'application/json');
  const said: unknown = JSON.parse(text);
  assert.ok(typeof said === 'object' && said !== null);
  if (process === 'average-hue') {
    assert.deepEqual(said, { RGB: mainColour(await convert(bytesOf(source), 'jpg')) });
    return;
  }
  const names = Object.keys(said);
  assert.deepEqual(names, names.toSorted());
  const facts = Object.fromEntries(Object.entries(said).map(([name, leaf]) => [name, leaf.value]));
  assert.equal(facts.FileSize, String(bytesOf(source).length));
  for (const [name, value] of Object.entries(expect.json)) assert.equal(facts[name], value, name);
}

async function isPicture(
  { status, text, headers, body }: Answer,
  { source }: Example,
  expect: Extract<Expectation, { is: string }>,
): Promise<void> {
  assert.equal(status, 200, text);
  const [size = '', format = ''] = expect.is.split(' ');
  assert.equal(headers['content-type'], types[format]);
  assert.equal(headers['content-length'], String(body.length));
  // ImageMagick is not built with AVIF and HEIC here; sharp reads the headers of both.
  const newer = format === 'avif' || format === 'heic';
  if (newer) {
    const facts = await sharp(body).metadata();
    assert.equal(`${facts.width}x${facts.height}`, size);
  } else {
    const lines = await identify(body, format, '%wx%h %Q');
    assert.equal(lines[0]?.split(' ')[0], size);
    if (format !== 'webp' || expect.frames !== undefined) {
      const pages = format === 'webp' ? ((await sharp(body).metadata()).pages ?? 1) : lines.length;
      assert.equal(pages, expect.frames ?? 1);
    }
    if (expect.quality !== undefined) assert.equal(Number(lines[0]?.split(' ')[1]), expect.quality);
  }
  if (expect.like === undefined && expect.pixels === undefined) return;
  const seen = newer ? await decoded(body) : await convert(body, format);
  for (const [at, colour] of Object.entries(expect.pixels ?? {})) hasColour(seen, at, colour);
  if (expect.like === undefined) return;
  const extension = source.slice(source.lastIndexOf('.') + 1);
  const [original, kind] = extension === 'heic' ? [await heicReference(), 'png'] : [bytesOf(source), extension];
  const reference = await convert(
    original,
    kind,
    expect.like,
    format === 'jpg' || format === 'webp' ? format : undefined,
  );
  const far = distance(seen, reference);
  assert.ok(far <= (expect.within ?? WITHIN), `looks ${far.toFixed(2)} away from ImageMagick's`);
}

async function decoded(bytes: Buffer): Promise<Pixels> {
  const { data, info } = await sharp(bytes)
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** ImageMagick cannot read the HEIC: what it was made of. */
function heicReference(): Promise<Buffer> {
  return scene(392, 255).png().toBuffer();
}

function hasColour({ data, width }: Pixels, at: string, colour: string): void {
  const [x = 0, y = 0] = at.split(',').map(Number);
  const expected = (colour.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  const pixel = [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
  if (expected.length === 4 && expected[3] === 0) {
    assert.equal(pixel[3], 0, `the pixel at ${at} is not transparent`);
    return;
  }
  const near = expected.every((value, index) => Math.abs(value - (pixel[index] ?? -999)) <= 8);
  assert.ok(near, `the pixel at ${at} is ${pixel}, not ${expected}`);
}

/** The vendor's figure, worked out apart from the server: mean hue, then the mean of what is within 45 degrees of it. */
function mainColour({ data }: Pixels): string {
  const pixels: { rgb: [number, number, number]; hue: number }[] = [];
  for (let at = 0; at < data.length; at += 4) {
    const [r = 0, g = 0, b = 0] = data.subarray(at, at + 3);
    const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
    const span = most - least;
    let hue = 0;
    if (span > 0) {
      if (most === r) hue = (((g - b) / span) * 60 + 360) % 360;
      else hue = most === g ? ((b - r) / span) * 60 + 120 : ((r - g) / span) * 60 + 240;
    }
    pixels.push({ rgb: [r, g, b], hue });
  }
  const mean = Math.trunc(pixels.reduce((sum, { hue }) => sum + hue, 0) / pixels.length);
  const kept = pixels.filter(({ hue }) => Math.abs(hue - mean) < 45);
  const channel = (index: 0 | 1 | 2) => Math.trunc(kept.reduce((sum, { rgb }) => sum + rgb[index], 0) / kept.length);
  return `0x${([0, 1, 2] as const).map((index) => channel(index).toString(16).padStart(2, '0')).join('')}`;
}

function bytesOf(name: SourceName): Buffer {
  const bytes = stored.get(name);
  assert.ok(bytes);
  return bytes;
}
