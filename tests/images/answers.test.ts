/** Headers, caches, conditions, addresses by style, protected sources, and what happens when there is too much to do. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { encodeBase64 } from '@millrace/process';
import { type Answer, fixture, oss, type RunningServer, startServer } from '@millrace/testkit';
import sharp from 'sharp';
import { BUCKET, codeOf, process, processed, store } from './pictures.ts';
import { scene } from './sources.ts';

let server: RunningServer;
before(async () => {
  server = await startServer();
  await oss(server, { method: 'PUT', path: `/${BUCKET}/` });
  await store(server, 'a.jpg', await scene(400, 267).jpeg().toBuffer(), { 'cache-control': 'max-age=60' });
  await store(server, 'big.jpg', await readFile(await fixture('photo.jpg')));
});
after(() => server.stop());

const small = 'image/resize,w_100';
const widthOf = async (body: Buffer) => (await sharp(body).metadata()).width;

/** A request that nobody signed. */
async function visit(
  target: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Buffer; text: string }> {
  const answer = await fetch(`${server.endpoint}${target}`, { headers });
  const body = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, body, text: body.toString() };
}

test('a result has the ETag of its source, and may be asked for with conditions, ranges and HEAD', async () => {
  const plain = await oss(server, { method: 'HEAD', path: `/${BUCKET}/a.jpg` });
  const first = await process(server, 'a.jpg', small);
  const again = await process(server, 'a.jpg', small);
  assert.deepEqual([first.headers['x-millrace-cache'], again.headers['x-millrace-cache']], ['miss', 'hit']);
  assert.deepEqual(first.body, again.body);
  const { etag = '', 'last-modified': modified = '' } = first.headers;
  assert.equal(etag, plain.headers.etag);
  assert.equal(first.headers['cache-control'], 'max-age=60');
  assert.equal(first.headers['x-oss-hash-crc64ecma'], undefined);
  const head = await process(server, 'a.jpg', small, { method: 'HEAD' });
  assert.deepEqual(
    [head.status, head.headers['content-length'], head.body.length],
    [200, String(first.body.length), 0],
  );
  const unchanged = await process(server, 'a.jpg', small, { headers: { 'if-none-match': etag } });
  assert.deepEqual([unchanged.status, unchanged.body.length], [304, 0]);
  assert.equal((await process(server, 'a.jpg', small, { headers: { 'if-modified-since': modified } })).status, 304);
  assert.equal((await process(server, 'a.jpg', small, { headers: { 'if-match': '"other"' } })).status, 412);
  const part = await process(server, 'a.jpg', small, { headers: { range: 'bytes=10-19' } });
  assert.equal(part.status, 206);
  assert.deepEqual(part.body, first.body.subarray(10, 20));
  assert.equal(part.headers['content-range'], `bytes 10-19/${first.body.length}`);
});

test('another source under the same key, and another watermark, give another result', async () => {
  const mark = `image/watermark,image_${encodeBase64('mark.png')},g_nw,x_0,y_0/format,png`;
  const dot = (background: string) =>
    sharp({ create: { width: 20, height: 20, channels: 3, background } })
      .png()
      .toBuffer();
  await store(server, 'mark.png', await dot('#ff0000'));
  const red = await processed(server, 'a.jpg', mark);
  await store(server, 'mark.png', await dot('#0000ff'));
  const blue = await processed(server, 'a.jpg', mark);
  assert.notDeepEqual(red, blue);
  await store(server, 'changing.png', await scene(50, 40).png().toBuffer());
  assert.equal(await widthOf(await processed(server, 'changing.png', 'image/resize,p_100')), 50);
  await store(server, 'changing.png', await scene(60, 40).png().toBuffer());
  assert.equal(await widthOf(await processed(server, 'changing.png', 'image/resize,p_100')), 60);
});

test('format,auto is what the reader accepts', async () => {
  const as = async (accept: string | undefined): Promise<string> => {
    const headers: Record<string, string> = accept === undefined ? {} : { accept };
    const answer = await process(server, 'a.jpg', 'image/resize,w_50/format,auto', { headers });
    assert.equal(answer.headers.vary, 'Accept');
    return answer.headers['content-type'] ?? '';
  };
  assert.equal(await as('image/avif,image/webp,*/*'), 'image/webp');
  assert.equal(await as('image/avif'), 'image/avif');
  assert.equal(await as(undefined), 'image/jpeg');
  assert.equal((await process(server, 'a.jpg', small)).headers.vary, undefined);
});

test('a style stands behind its separator, and sources are shown to strangers by style only', async () => {
  const bucket = 'styled';
  const put = (query: Record<string, string>, body: string) =>
    oss(server, { method: 'PUT', path: `/${bucket}/`, query, body });
  await oss(server, { method: 'PUT', path: `/${bucket}/`, headers: { 'x-oss-acl': 'public-read' } });
  await oss(server, { method: 'PUT', path: `/${bucket}/a.jpg`, body: await scene(100, 60).jpeg().toBuffer() });
  await oss(server, { method: 'PUT', path: `/${bucket}/a.jpg!plain`, body: 'a key of its own' });
  const made = await put({ style: '', styleName: 'small' }, '<Style><Content>image/resize,w_30</Content></Style>');
  assert.equal(made.status, 200, made.text);
  assert.equal((await visit(`/${bucket}/a.jpg!small`)).status, 404);
  const configuration =
    '<BucketProcessConfiguration><CompliedHost>Public</CompliedHost><SourceFileProtect>Enabled</SourceFileProtect>' +
    '<SourceFileProtectSuffix>jpg,PNG</SourceFileProtectSuffix><StyleDelimiters>!,-</StyleDelimiters>' +
    '<OssDomainSupportAtProcess>Enabled</OssDomainSupportAtProcess></BucketProcessConfiguration>';
  const configured = await put({ processConfiguration: '' }, configuration);
  assert.equal(configured.status, 200, configured.text);
  const told = await oss(server, { method: 'GET', path: `/${bucket}/`, query: { processConfiguration: '' } });
  assert.match(told.text, /<StyleDelimiters>!,-<\/StyleDelimiters>/);
  for (const target of ['a.jpg!small', 'a.jpg-small', 'a.jpg?x-oss-process=style/small']) {
    const shown = await visit(`/${bucket}/${target}`);
    assert.equal(shown.status, 200, shown.text);
    assert.equal(await widthOf(shown.body), 30);
  }
  for (const target of ['a.jpg', 'a.jpg?x-oss-process=image/resize,w_30']) {
    const refused = await visit(`/${bucket}/${target}`);
    assert.equal(refused.status, 403);
    assert.match(refused.text, /<EC>0040-00000031<\/EC>/);
  }
  assert.equal((await oss(server, { method: 'GET', path: `/${bucket}/a.jpg` })).status, 200);
  assert.equal((await visit(`/${bucket}/a.jpg!plain`)).text, 'a key of its own');
  const bad = await put({ processConfiguration: '' }, configuration.replace('!,-', '#'));
  assert.deepEqual([bad.status, codeOf(bad)], [400, 'InvalidArgument']);
});

test('the picture of a watermark is shown to those only who may read it', async () => {
  await oss(server, { method: 'PUT', path: '/half-open/' });
  const body = await scene(60, 40).png().toBuffer();
  await oss(server, {
    method: 'PUT',
    path: '/half-open/open.png',
    body,
    headers: { 'x-oss-object-acl': 'public-read' },
  });
  await oss(server, { method: 'PUT', path: '/half-open/closed.png', body });
  const marked = (key: string) => `/half-open/open.png?x-oss-process=image/watermark,image_${encodeBase64(key)}`;
  assert.equal((await visit(marked('open.png'))).status, 200);
  assert.equal((await visit(marked('closed.png'))).status, 403);
  assert.equal((await visit(marked('absent.png'))).status, 403);
});

test('a missing source and a missing style are told apart', async () => {
  const source = await process(server, 'none.jpg', 'image/resize,w_50');
  assert.deepEqual([source.status, codeOf(source), source.headers['x-oss-ec']], [404, 'NoSuchKey', '0040-00000024']);
  const style = await process(server, 'a.jpg', 'style/none');
  assert.deepEqual([style.status, codeOf(style)], [404, 'NoSuchStyle']);
  assert.ok(style.text.includes('The style you get is not found.'));
});

test('what is saved has the type of its format, and bytes like those that are read', async () => {
  const target = `sys/saveas,o_${encodeBase64('saved.webp')}`;
  const body = `x-oss-process=${small}/format,webp|${target}`;
  const saved = await oss(server, { method: 'POST', path: `/${BUCKET}/a.jpg`, query: { 'x-oss-process': '' }, body });
  assert.equal(saved.status, 200, saved.text);
  const got = await oss(server, { method: 'GET', path: `/${BUCKET}/saved.webp` });
  assert.equal(got.headers['content-type'], 'image/webp');
  assert.deepEqual(got.body, await processed(server, 'a.jpg', `${small}/format,webp`));
  const onGet = await process(server, 'a.jpg', `${small}|${target}`);
  assert.equal(onGet.status, 400);
});

test('info of a large JPEG needs its beginning only', async () => {
  const noise = Buffer.alloc(3000 * 2000 * 3);
  for (let at = 0; at < noise.length; at += 4)
    noise.writeUInt32LE((Math.imul(at, 2654435761) ^ (at >>> 3)) >>> 0, Math.min(at, noise.length - 4));
  const big = await sharp(noise, { raw: { width: 3000, height: 2000, channels: 3 } })
    .jpeg({ quality: 100 })
    .toBuffer();
  await store(server, 'noise.jpg', big);
  // Its end is not looked at: what is described could not be decoded.
  await store(server, 'torn.jpg', Buffer.concat([big.subarray(0, 200_000), Buffer.alloc(1_000_000)]));
  for (const key of ['noise.jpg', 'torn.jpg']) {
    const facts: Record<string, { value: string }> = JSON.parse(
      (await processed(server, key, 'image/info')).toString(),
    );
    assert.deepEqual([facts.ImageWidth?.value, facts.ImageHeight?.value], ['3000', '2000']);
  }
});

/** One answer of many, and how long it took. */
function timed(target: Promise<Answer>): Promise<{ answer: Answer; ms: number }> {
  const began = performance.now();
  return target.then((answer) => ({ answer, ms: performance.now() - began }));
}

test('what is too much is turned away at once and told when to come again', async () => {
  const burst = await Promise.all(
    Array.from({ length: 250 }, (_, index) =>
      timed(process(server, 'big.jpg', `image/blur,r_20,s_10/resize,w_${700 + index}`)),
    ),
  );
  const done = burst.filter(({ answer }) => answer.status === 200);
  const away = burst.filter(({ answer }) => answer.status === 503);
  assert.equal(done.length + away.length, burst.length);
  // Two are worked on and one waits for each, however long it has been too much.
  assert.ok(done.length >= 4 && away.length > 0, `${done.length} done, ${away.length} turned away`);
  for (const { answer } of away) {
    assert.deepEqual([codeOf(answer), answer.headers['retry-after']], ['ServiceUnavailable', '1']);
    assert.equal(answer.headers['x-oss-ec'], '0004-00000801');
  }
  assert.equal((await process(server, 'big.jpg', 'image/resize,w_699')).status, 200);
});
