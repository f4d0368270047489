import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { encodeBase64, watermarkFonts } from '@millrace/process';
import { fallbackFaces, fontFaces } from '@millrace/server/engines/image/watermark-text';
import { oss, type RunningServer, startServer } from '@millrace/testkit';
import sharp from 'sharp';
import { BUCKET, codeOf, process, processed, seen, store } from './pictures.ts';

let server: RunningServer;
before(async () => {
  server = await startServer();
  await oss(server, { method: 'PUT', path: `/${BUCKET}/` });
  const white = { create: { width: 600, height: 120, channels: 3 as const, background: '#ffffff' } };
  await store(server, 'white.png', await sharp(white).png().toBuffer());
});
after(() => server.stop());

const texts = {
  Chinese: '图片服务',
  Japanese: 'ひらがなカタカナ',
  Arabic: 'مرحبا',
  emoji: '👍🎉',
  Latin: 'Hello, Wörld & <b>',
};

/** The pixels that are not white. */
async function ink(text: string, more = ''): Promise<{ count: number; coloured: number; box: [number, number] }> {
  const bytes = await processed(
    server,
    'white.png',
    `image/watermark,text_${encodeBase64(text)},size_60,g_center${more}`,
  );
  const { data, width, height } = await seen(bytes);
  let [count, coloured, left, right, top, bottom] = [0, 0, width, 0, height, 0];
  for (let pixel = 0; pixel < width * height; pixel++) {
    const [r = 0, g = 0, b = 0] = data.subarray(pixel * 4, pixel * 4 + 3);
    if (Math.min(r, g, b) > 200) continue;
    count++;
    if (Math.max(r, g, b) - Math.min(r, g, b) > 60) coloured++;
    left = Math.min(left, pixel % width);
    right = Math.max(right, pixel % width);
    top = Math.min(top, Math.floor(pixel / width));
    bottom = Math.max(bottom, Math.floor(pixel / width));
  }
  return { count, coloured, box: [right - left + 1, bottom - top + 1] };
}

/** The installed families that have all of these characters. */
async function familiesWith(text: string): Promise<string[]> {
  const points = [...text].map((character) => character.codePointAt(0)?.toString(16) ?? '').join(' ');
  const { stdout } = await promisify(execFile)('fc-list', [`:charset=${points}`, 'family']);
  return stdout.split('\n').flatMap((line) => line.split(','));
}

describe('text watermarks', () => {
  for (const type of watermarkFonts) {
    test(`${type} is an installed face with Chinese glyphs, and all scripts are drawn with it`, async () => {
      const [face = ''] = fontFaces[type];
      assert.ok((await familiesWith('图片服务')).includes(face), `${face} is not installed, or has no Chinese`);
      for (const [script, text] of Object.entries(texts)) {
        const faces = [...fontFaces[type], ...fallbackFaces];
        const known = await familiesWith([...text].filter((character) => character !== ' ').join(''));
        assert.ok(
          faces.some((one) => known.includes(one)),
          `${type} has no glyphs for ${script}`,
        );
        const { count } = await ink(text, `,type_${encodeBase64(type)}`);
        assert.ok(count > 300, `${script} in ${type} has ${count} pixels`);
      }
    });
  }

  test('faces differ from each other', async () => {
    const shapes = new Set<string>();
    for (const type of watermarkFonts) {
      const { count, box } = await ink('图片服务', `,type_${encodeBase64(type)}`);
      shapes.add(`${count} ${box}`);
    }
    assert.ok(shapes.size >= 6, `${shapes.size} shapes for ${watermarkFonts.length} names`);
  });

  test('emoji have colours of their own, texts the one asked for', async () => {
    assert.ok((await ink('👍')).coloured > 500);
    assert.equal((await ink('plain')).coloured, 0);
    const { count, coloured } = await ink('red', ',color_FF0000');
    assert.ok(coloured > count * 0.9);
  });

  test('the size is that of the em square in pixels', async () => {
    const { box } = await ink('图');
    assert.ok(box[0] > 48 && box[0] <= 62 && box[1] > 48 && box[1] <= 62, `${box}`);
  });

  test('a turned text is as high as it was long, a shadow makes it larger, opacity paler', async () => {
    const plain = await ink('long text', ',size_20');
    const turned = await ink('long text', ',size_20,rotate_90');
    assert.ok(Math.abs(turned.box[1] - plain.box[0]) <= 3 && Math.abs(turned.box[0] - plain.box[1]) <= 3);
    assert.ok((await ink('text', ',shadow_100')).count > (await ink('text')).count);
    assert.equal((await ink('text', ',t_10')).count, 0);
  });

  test('64 bytes are drawn and 65 refused', async () => {
    for (const text of ['x'.repeat(64), `${'图'.repeat(21)}x`]) {
      assert.equal(Buffer.byteLength(text), 64);
      assert.ok((await ink(text, ',size_8')).count > 100);
    }
    for (const text of ['x'.repeat(65), `${'图'.repeat(21)}xx`]) {
      const answer = await process(server, 'white.png', `image/watermark,text_${encodeBase64(text)}`);
      assert.deepEqual(
        [answer.status, codeOf(answer), answer.headers['x-oss-ec']],
        [400, 'InvalidArgument', '0040-00000259'],
      );
    }
  });

  test('a text too large to be drawn is refused, and one larger than the picture is cut', async () => {
    assert.ok((await ink('WWWW', ',size_1000')).count > 10_000);
    const answer = await process(server, 'white.png', `image/watermark,text_${encodeBase64('W'.repeat(64))},size_1000`);
    if (answer.status !== 200) assert.deepEqual([answer.status, codeOf(answer)], [400, 'InvalidArgument']);
  });
});
