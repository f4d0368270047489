/** Media whose bytes lie in several files, or in a part of one: worked on as if they were one file, and without foreign bytes. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { type Answer, fixture, oss, type RunningServer, startServer } from '@millrace/testkit';

const bucket = 'in-parts';
let server: RunningServer;
let folder: string;
let film: Buffer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-parts-'));
  const path = join(folder, 'film.mp4');
  await promisify(execFile)('ffmpeg', [
    ...['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25:duration=4,noise=alls=20'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p', path],
  ]);
  film = await readFile(path);
  server = await startServer({ env: { MILLRACE_LOG_LEVEL: 'warn' } });
  ok(await oss(server, { method: 'PUT', path: `/${bucket}/` }));
});

after(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function ok(answer: Answer): Answer {
  assert.equal(answer.status, 200, answer.text);
  return answer;
}

const put = async (key: string, body: Buffer) =>
  ok(await oss(server, { method: 'PUT', path: `/${bucket}/${key}`, body }));
const processed = async (key: string, process: string) =>
  ok(await oss(server, { method: 'GET', path: `/${bucket}/${key}`, query: { 'x-oss-process': process } })).body;

/** Uploads in parts, each with what its request has besides its number. */
async function upload(key: string, parts: { body?: Buffer; headers?: Record<string, string> }[]): Promise<void> {
  const path = `/${bucket}/${key}`;
  const begun = ok(await oss(server, { method: 'POST', path, query: { uploads: '' } }));
  const uploadId = /<UploadId>([^<]+)</.exec(begun.text)?.[1] ?? '';
  for (const [number, part] of parts.entries()) {
    ok(await oss(server, { method: 'PUT', path, query: { partNumber: String(number + 1), uploadId }, ...part }));
  }
  const headers = { 'x-oss-complete-all': 'yes' };
  ok(await oss(server, { method: 'POST', path, query: { uploadId }, headers }));
}

/** Files as large as a part that were put into the folder of temporary copies meanwhile are links, not copies. */
async function copies(work: Promise<unknown>): Promise<number> {
  let most = 0;
  let running = true;
  const done = work.finally(() => {
    running = false;
  });
  while (running) {
    const found = await readdir(join(server.dataFolder, 'temporary', 'sources'), { recursive: true }).catch(() => []);
    most = Math.max(most, found.filter((name) => name.endsWith('/source')).length);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await done;
  return most;
}

test('a film that was uploaded in parts is worked on in place, with the same results as one in one piece', async () => {
  await put('whole.mp4', film);
  const length = Math.ceil(film.length / 3);
  assert.ok(length > 200_000, `${length}`);
  await upload(
    'parts.mp4',
    [0, 1, 2].map((part) => ({ body: film.subarray(part * length, (part + 1) * length) })),
  );
  assert.deepEqual(ok(await oss(server, { method: 'GET', path: `/${bucket}/parts.mp4` })).body, film);
  for (const process of ['video/info', 'video/snapshot,t_0,f_png', 'video/snapshot,t_3000,f_png']) {
    const expected = await processed('whole.mp4', process);
    const found: Buffer[] = [];
    const copied = await copies(processed('parts.mp4', process).then((body) => found.push(body)));
    assert.equal(copied, 0, 'no copy was made');
    assert.deepEqual(found[0], expected, process);
  }
});

test('what is only the beginning of stored bytes is worked on without the rest of them', async () => {
  const photo = await readFile(await fixture('photo.jpg'));
  await put('longer.bin', Buffer.concat([photo, Buffer.alloc(500_000, 7)]));
  const copied = {
    'x-oss-copy-source': `/${bucket}/longer.bin`,
    'x-oss-copy-source-range': `bytes=0-${photo.length - 1}`,
  };
  await upload('beginning.jpg', [{ headers: copied }]);
  await put('photo.jpg', photo);
  const process = 'image/resize,w_100';
  assert.deepEqual(await processed('beginning.jpg', process), await processed('photo.jpg', process));
});
