import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, mediaOperations, ProcessError } from '@millrace/process';
import { audio, doc, hls, image, style, video } from './builder.ts';
import { explain } from './explain.ts';

test('writes process strings that read back as what was asked for', () => {
  const text = image().resize({ m: 'fill', w: 100, h: 100 }).format('webp').saveAs('target', 'a/文.webp').toString();
  assert.equal(text, 'image/resize,m_fill,w_100,h_100/format,webp|sys/saveas,o_YS_mlocud2VicA,b_dGFyZ2V0');
  assert.deepEqual(decode(text, 'sync').save, { key: 'a/文.webp', bucket: 'target' });
  assert.equal(String(image().rotate(90)), 'image/rotate,90');
  assert.equal(String(image().info()), 'image/info');
  const pages = doc().convert({ target: 'pdf' }).saveAs('b-1', 'out.pdf').notify('ends').toString();
  assert.deepEqual(decode(pages, 'async').notify, { topic: 'ends' });
});

test('wrong parameters do not compile, and are refused at run time', () => {
  // @ts-expect-error: there is no such word
  assert.throws(() => image().resize({ m: 'stretch', w: 1 }), ProcessError);
  // @ts-expect-error: there is no such parameter
  assert.throws(() => image().resize({ width: 1 }), ProcessError);
  // @ts-expect-error: a number is needed
  assert.throws(() => image().rotate('right'), ProcessError);
  // @ts-expect-error: there is no such format
  assert.throws(() => image().format('exe'), ProcessError);
  // @ts-expect-error: pictures are not converted
  assert.throws(() => image().convert({}), TypeError);
  assert.throws(() => image().resize({ w: 0 }), ProcessError);
  assert.throws(() => image().resize({ m: 'fill' }).toString(), /At least one of w, h/);
  assert.throws(() => video().snapshot({ t: 1, f: 'jpg', w: 1, h: 1 }).notify('x').toString(), ProcessError);
});

test('joins files with what stands before and after, makes playlists, and names styles', () => {
  const joined = video().concat({ f: 'mp4' }, { pre: [{ o: 'a/intro.mp4' }], sur: [{ o: '文.mp4', t: 5000 }] });
  const text = joined.saveAs('b-1', 'all.mp4').toString();
  assert.match(text, /^video\/concat,f_mp4\/pre,o_YS9pbnRyby5tcDQ\/sur,o_\S+,t_5000\|sys\/saveas,/);
  assert.deepEqual(decode(text, 'async').stages[0]?.[0]?.params, {
    ...decode(text, 'async').stages[0]?.[0]?.params,
    pre: [{ o: 'a/intro.mp4', ss: 0, t: 0 }],
    sur: [{ o: '文.mp4', ss: 0, t: 5000 }],
  });
  assert.throws(() => audio().concat({ f: 'mp3' }, {}).saveAs('b-1', 'x').toString(), ProcessError);
  // @ts-expect-error: pieces stand before or after
  assert.throws(() => audio().concat({ f: 'mp3' }, { between: [{ o: 'x' }] }), ProcessError);
  assert.match(hls().m3u8({ st: 5000 }).saveAs('b-1', 'x.m3u8').toString(), /^hls\/m3u8,st_5000\|sys\/saveas,/);
  assert.equal(String(hls().ts({ from: 'v.m3u8' }).ifMissing()), 'if_status_eq_404{hls/ts,from_di5tM3U4}');
  assert.equal(style('thumb'), 'style/thumb');
  assert.throws(() => style('a/b'), ProcessError);
  const pieces = explain(text).map(({ operation, parameters }) => [operation, parameters[0]?.value]);
  assert.deepEqual(pieces.slice(0, 3), [
    ['video/concat', 'mp4'],
    ['video/pre', 'a/intro.mp4'],
    ['video/sur', '文.mp4'],
  ]);
});

test('every operation of the catalogue can be built', () => {
  const families = { image: image(), video: video(), audio: audio(), doc: doc(), hls: hls() } as Record<string, object>;
  for (const { name } of mediaOperations) {
    const [family = '', action = ''] = name.split('/');
    const method = action.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    assert.ok(method in (families[family] ?? {}), name);
  }
});

test('explains each step with the size that follows', () => {
  const steps = explain('image/resize,w_100/rotate,90/format,png|sys/saveas,o_YS5wbmc', { width: 400, height: 200 });
  assert.deepEqual(
    steps.map(({ operation, size }) => [operation, size]),
    [
      ['image/resize', { width: 100, height: 50 }],
      ['image/rotate', { width: 50, height: 100 }],
      ['image/format', { width: 50, height: 100 }],
      ['sys/saveas', undefined],
    ],
  );
  assert.deepEqual(steps[3]?.parameters[0]?.value, 'a.png');
  assert.throws(() => explain('image/explode'), ProcessError);
});
