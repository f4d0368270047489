import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { oss, type RunningServer, startServer } from '@millrace/testkit';
import sharp from 'sharp';
import { convert, distance } from './imagemagick.ts';
import { BUCKET, processed, seen, store } from './pictures.ts';
import { scene, sources } from './sources.ts';

let server: RunningServer;
before(async () => {
  server = await startServer();
  await oss(server, { method: 'PUT', path: `/${BUCKET}/` });
});
after(() => server.stop());

/** Pictures of one scene in spaces and depths of their own. What comes out is to look as the scene does. */
const kinds: readonly [name: string, make: () => Promise<Buffer>, within: number][] = [
  ['palette.png', () => scene(200, 150).png({ palette: true, colours: 128 }).toBuffer(), 5],
  ['deep.png', () => scene(200, 150).toColourspace('rgb16').png().toBuffer(), 3],
  ['deep-profile.png', () => scene(200, 150).toColourspace('rgb16').withIccProfile('srgb').png().toBuffer(), 3],
  ['p3.jpg', () => scene(200, 150).withIccProfile('p3').jpeg({ quality: 95 }).toBuffer(), 3],
  ['p3.png', () => scene(200, 150).withIccProfile('p3').png().toBuffer(), 3],
  ['bits.tiff', () => scene(200, 150).toColourspace('rgb16').tiff({ compression: 'lzw' }).toBuffer(), 3],
];

const operations = [
  'image/resize,w_100',
  'image/resize,w_100/bright,0/blur,r_1,s_1',
  'image/resize,w_100/rotate,180/rotate,180',
];

describe('colours', { concurrency: 2 }, () => {
  for (const [key, make, within] of kinds) {
    test(`${key} looks the same whatever is done to it`, async () => {
      const source = await make();
      await store(server, key, source);
      const plain = await convert(await scene(200, 150).png().toBuffer(), 'png', ['-resize', '100x75!']);
      for (const text of operations) {
        for (const format of ['jpg', 'png', 'webp'] as const) {
          const bytes = await processed(server, key, `${text}/format,${format}`);
          const { space, depth } = await sharp(bytes).metadata();
          assert.deepEqual([space, depth], ['srgb', 'uchar']);
          const far = distance(await seen(bytes), plain);
          assert.ok(far <= within, `${text} as ${format} looks ${far.toFixed(1)} away from the scene`);
        }
      }
    });
  }

  test('inks are shown as their profile says', async () => {
    const inks = await scene(200, 150)
      .toColourspace('cmyk')
      .withIccProfile('cmyk')
      .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
      .toBuffer();
    await store(server, 'inks.jpg', inks);
    const folder = await mkdtemp(join(tmpdir(), 'millrace-profile-'));
    try {
      const profile = join(folder, 'srgb.icc');
      const { icc } = await sharp(await scene(1, 1).withIccProfile('srgb').png().toBuffer()).metadata();
      assert.ok(icc);
      await writeFile(profile, icc);
      const reference = await convert(inks, 'jpg', ['-profile', profile, '-resize', '100x75!']);
      for (const text of operations) {
        const far = distance(await seen(await processed(server, 'inks.jpg', `${text}/format,png`)), reference);
        assert.ok(far <= 3, `${text} looks ${far.toFixed(1)} away`);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('grey pictures stay grey, and what is put on them is in colour', async () => {
    await store(server, 'grey.png', await scene(200, 150).greyscale().toColourspace('b-w').png().toBuffer());
    const small = await seen(await processed(server, 'grey.png', 'image/resize,w_100/contrast,20'));
    for (let at = 0; at < small.data.length; at += 4) assert.ok(small.data[at] === small.data[at + 1]);
    const text = 'image/watermark,text_4paI4paI4paI,color_FF0000,size_40,g_center';
    const { data } = await seen(await processed(server, 'grey.png', text));
    const red = Array.from({ length: data.length / 4 }, (_, pixel) => data.readUInt32BE(pixel * 4) >>> 8);
    assert.ok(red.includes(0xff0000));
  });

  test('what was transparent is white in a JPG and stays transparent elsewhere', async () => {
    const disc = Buffer.from('<svg width="320" height="240"><circle cx="160" cy="120" r="60" fill="#0000ff"/></svg>');
    await store(server, 'disc.png', await sharp(disc).png().toBuffer());
    for (const text of ['format,jpg', 'resize,w_160/format,jpg', 'circle,r_119/format,jpg', 'rotate,30/format,jpg']) {
      const { data } = await seen(await processed(server, 'disc.png', `image/${text}`));
      assert.ok(
        [0, 1, 2].every((channel) => (data[channel] ?? 0) > 245),
        text,
      );
    }
    for (const format of ['png', 'webp', 'avif', 'tiff', 'bmp']) {
      const bytes = await processed(server, 'disc.png', `image/resize,w_40/format,${format}`);
      const { data } = format === 'bmp' ? await convert(bytes, 'bmp') : await seen(bytes);
      assert.ok((data[3] ?? 255) < 10, format);
    }
  });

  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
    test(`EXIF orientation ${orientation} is applied once`, async () => {
      const key = `turned-${orientation}.jpg`;
      const source = await scene(120, 80).jpeg({ quality: 95 }).withMetadata({ orientation }).toBuffer();
      await store(server, key, source);
      for (const [text, words] of [
        ['image/resize,w_60', ['-auto-orient', '-resize', '60x']],
        ['image/auto-orient,0/resize,w_60', ['-resize', '60x']],
        ['image/crop,w_50,h_40,x_5,y_5', ['-auto-orient', '+repage', '-crop', '50x40+5+5', '+repage']],
        ['image/rotate,90/resize,w_60', ['-auto-orient', '-rotate', '90', '-resize', '60x']],
      ] as const) {
        const bytes = await processed(server, key, text);
        assert.equal((await sharp(bytes).metadata()).orientation, undefined);
        const far = distance(await convert(bytes, 'jpg'), await convert(source, 'jpg', words, 'jpg'));
        assert.ok(far <= 2.3, `${text} looks ${far.toFixed(1)} away`);
      }
    });
  }

  test('each frame of an animated picture is worked on', async () => {
    const source = await sources['G.gif']();
    await store(server, 'moving.gif', source);
    const bytes = await processed(server, 'moving.gif', 'image/crop,w_400,h_200/resize,m_pad,w_100,h_100');
    const { pages, delay, width, pageHeight } = await sharp(bytes, { animated: true }).metadata();
    assert.deepEqual([pages, delay, width, pageHeight], [3, [100, 100, 100], 100, 100]);
    const colours = await Promise.all(
      [0, 1, 2].map(async (page) => [
        ...(await sharp(bytes, { page }).extract({ left: 50, top: 50, width: 1, height: 1 }).raw().toBuffer()),
      ]),
    );
    assert.equal(new Set(colours.map(String)).size, 3);
  });
});
