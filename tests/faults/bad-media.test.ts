/** Inputs that no engine can use, and an engine that hangs: the task fails with a reason and the next job runs. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  descendants,
  endOf,
  type FixtureName,
  fixture,
  mns,
  oss,
  type RunningServer,
  startServer,
  until,
} from '@millrace/testkit';
import { accepted } from './actor.ts';
import { createQueue, subscribe } from './message-actor.ts';

const bucket = 'bad-media';
const topic = 'ends';

let server: RunningServer;
/** Documents that LibreOffice itself has written. */
let made: string;

before(async () => {
  made = await mkdtemp(join(tmpdir(), 'millrace-documents-'));
  await promisify(execFile)('/usr/bin/python3', [fileURLToPath(new URL('./make-documents.py', import.meta.url)), made]);
  server = await startServer({ env: { MILLRACE_MEDIA_DEADLINE: '8' } });
  accepted(await oss(server, { method: 'PUT', path: `/${bucket}/` }), 200);
  await createQueue({ server, bucket }, topic, 30);
  accepted(await mns(server, { method: 'PUT', path: `/topics/${topic}`, body: '<Topic/>' }), 201);
  await subscribe({ server, bucket }, topic, topic);
  await putFixture('song.wav');
  await putFixture('report.docx');
  await putFixture('clip.mp4');
});

after(async () => {
  const family = descendants(server.pid);
  assert.equal(await server.stop(), 0);
  await endOf(family, 5_000);
  await rm(made, { recursive: true, force: true });
});

async function put(key: string, body: Buffer | string): Promise<void> {
  accepted(await oss(server, { method: 'PUT', path: `/${bucket}/${key}`, body }), 200);
}

async function putFixture(name: FixtureName, key: string = name): Promise<void> {
  await put(key, await readFile(await fixture(name)));
}

interface End {
  TaskId: string;
  Status: string;
  Code: string;
  Message: string;
}

const encoded = (text: string) => Buffer.from(text).toString('base64url');

async function submit(key: string, action: string, target: string): Promise<string> {
  const answer = await oss(server, {
    method: 'POST',
    path: `/${bucket}/${key}`,
    query: { 'x-oss-async-process': '' },
    body: `x-oss-async-process=${action}|sys/saveas,o_${encoded(target)}/notify,topic_${encoded(topic)}`,
  });
  const { TaskId }: { TaskId: string } = JSON.parse(accepted(answer, 200).text);
  return TaskId;
}

const heard = new Map<string, End>();

async function endOfTask(id: string): Promise<End> {
  return await until(`the end of ${id}`, 150_000, async () => {
    const known = heard.get(id);
    if (known) return known;
    const path = `/queues/${topic}/messages`;
    const answer = accepted(await mns(server, { method: 'GET', path, query: { waitseconds: '5' } }), 200, 404);
    if (answer.status === 404) return undefined;
    const body = (/<MessageBody>([^<]*)</.exec(answer.text)?.[1] ?? '')
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&');
    const event: { content: string } = JSON.parse(body);
    const end: End = JSON.parse(event.content);
    heard.set(end.TaskId, end);
    const ReceiptHandle = /<ReceiptHandle>([^<]*)</.exec(answer.text)?.[1] ?? '';
    accepted(await mns(server, { method: 'DELETE', path, query: { ReceiptHandle } }), 204);
    return undefined;
  });
}

const head = async (key: string) => (await oss(server, { method: 'HEAD', path: `/${bucket}/${key}` })).status;

/** A job of the same family must run after whatever came before it. */
async function goodJobRuns(family: 'doc' | 'av'): Promise<void> {
  const target = `good/${randomBytes(4).toString('hex')}`;
  const id =
    family === 'doc'
      ? await submit('report.docx', 'doc/convert,target_pdf,source_docx', `${target}.pdf`)
      : await submit('song.wav', 'audio/convert,f_mp3,t_200', `${target}.mp3`);
  const end = await endOfTask(id);
  assert.equal(end.Status, 'Succeeded', JSON.stringify(end));
}

/** The task must fail, say why, and leave nothing behind. */
async function fails(key: string, action: string, target: string): Promise<End> {
  const id = await submit(key, action, target);
  const end = await endOfTask(id);
  assert.equal(end.Status, 'Failed', JSON.stringify(end));
  assert.ok(end.Code !== '' && end.Message.length > 10, JSON.stringify(end));
  assert.doesNotMatch(end.Message, /\/work\/|\/tmp\/|node:internal|at .*\.ts:/, 'a message for users, not for us');
  assert.equal(await head(target), 404);
  return end;
}

test('an encrypted document fails with a reason', async () => {
  await putFixture('encrypted.pdf');
  const end = await fails('encrypted.pdf', 'doc/convert,target_png,source_pdf', 'out/encrypted.png');
  assert.match(end.Message, /password|encrypt/i);
  await goodJobRuns('doc');
});

test('documents under a password of Office or OpenDocument fail with a reason', async () => {
  for (const name of ['locked.docx', 'locked.xlsx', 'locked.doc', 'locked.odt']) {
    await put(name, await readFile(join(made, name)));
    // OpenDocument has no word of its own in the protocol; what a file is, its content says.
    const source = name.endsWith('.odt') ? 'docx' : name.slice(name.indexOf('.') + 1);
    const end = await fails(name, `doc/convert,target_pdf,source_${source}`, `out/${name}.pdf`);
    assert.match(end.Message, /password|encrypt/i);
  }
  await goodJobRuns('doc');
});

test('a workbook becomes pages named by worksheet and page, slides become one page each', async () => {
  await put('book.xlsx', await readFile(join(made, 'book.xlsx')));
  await put('slides.pptx', await readFile(join(made, 'slides.pptx')));
  const book = await endOfTask(
    await submit('book.xlsx', 'doc/convert,target_png', 'book/{sheetname}/{index}.{autoext}'),
  );
  const slides = await endOfTask(await submit('slides.pptx', 'doc/convert,target_jpg', 'slides/{index}.{autoext}'));
  assert.deepEqual([book.Status, slides.Status], ['Succeeded', 'Succeeded']);
  for (const key of [
    'book/Preise/1_1.png',
    'book/Preise/1_2.png',
    'book/a%20b%20../2_1.png',
    'slides/1.jpg',
    'slides/2.jpg',
  ]) {
    assert.equal(await head(key), 200, key);
  }
  assert.equal(await head('slides/3.jpg'), 404);
});

test('a source that is overwritten or deleted after the task was accepted is processed as it was', async () => {
  // The slots are taken meanwhile, so that neither task begins before its source has changed.
  const others = await Promise.all(
    [1, 2].map((number) => submit('report.docx', 'doc/convert,target_png', `busy/${number}/{index}.png`)),
  );
  await put('changing.docx', await readFile(await fixture('report.docx')));
  await putFixture('report.docx', 'leaving.docx');
  const changing = await submit('changing.docx', 'doc/convert,target_pdf', 'out/changing.pdf');
  const leaving = await submit('leaving.docx', 'doc/convert,target_pdf', 'out/leaving.pdf');
  await put('changing.docx', 'not a document any more');
  accepted(await oss(server, { method: 'DELETE', path: `/${bucket}/leaving.docx` }), 204);
  for (const id of [...others, changing, leaving]) {
    const end = await endOfTask(id);
    assert.equal(end.Status, 'Succeeded', JSON.stringify(end));
  }
});

test('an empty document fails with a reason', async () => {
  await put('empty.docx', '');
  await fails('empty.docx', 'doc/convert,target_pdf,source_docx', 'out/empty.pdf');
  await goodJobRuns('doc');
});

test('a truncated document fails with a reason', async () => {
  const whole = await readFile(await fixture('report.docx'));
  await put('truncated.docx', whole.subarray(0, whole.length / 2));
  await fails('truncated.docx', 'doc/convert,target_pdf,source_docx', 'out/truncated.pdf');
  await goodJobRuns('doc');
});

test('random bytes that call themselves a document fail with a reason', async () => {
  await put('noise.docx', randomBytes(50_000));
  await fails('noise.docx', 'doc/convert,target_png,source_docx', 'out/noise.png');
  await goodJobRuns('doc');
});

test('a picture that calls itself a document is converted or fails, but does not stop the next', async () => {
  await putFixture('photo.jpg', 'photo.docx');
  const id = await submit('photo.docx', 'doc/convert,target_pdf,source_docx', 'out/photo.pdf');
  const end = await endOfTask(id);
  assert.equal(await head('out/photo.pdf'), end.Status === 'Succeeded' ? 200 : 404);
  await goodJobRuns('doc');
});

test('what is no video fails with a reason', async () => {
  await put('text.mp4', 'just some text, nothing more\n'.repeat(1_000));
  await fails('text.mp4', 'video/convert,f_mp4,vcodec_h264', 'out/text.mp4');
  await put('empty.mp4', '');
  await fails('empty.mp4', 'video/snapshots,f_jpg,inter_1000', 'out/empty.jpg');
  await put('noise.mp4', randomBytes(200_000));
  await fails('noise.mp4', 'video/animation,f_gif,inter_1000', 'out/noise.gif');
  await goodJobRuns('av');
});

test('a truncated video does not stop the next job', async () => {
  const whole = await readFile(await fixture('clip.mp4'));
  await put('truncated.mp4', whole.subarray(0, whole.length / 3));
  const end = await endOfTask(await submit('truncated.mp4', 'video/convert,f_mp4,vcodec_h264', 'out/truncated.mp4'));
  assert.equal(await head('out/truncated.mp4'), end.Status === 'Succeeded' ? 200 : 404);
  await goodJobRuns('av');
});

test('a playlist that points at other files reads none of them', async () => {
  await put('list.mp4', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n');
  await fails('list.mp4', 'video/convert,f_mp4,vcodec_h264', 'out/list.mp4');
  await put('concat.mp4', "ffconcat version 1.0\nfile '/etc/passwd'\n");
  await fails('concat.mp4', 'video/convert,f_mp4,vcodec_h264', 'out/concat.mp4');
});

test('a picture of 16000 by 16000 pixels is refused or scaled, within bounds', async () => {
  await putFixture('huge.png');
  const answer = await oss(server, {
    method: 'GET',
    path: `/${bucket}/huge.png`,
    query: { 'x-oss-process': 'image/resize,w_100' },
  });
  assert.ok(answer.status === 200 || (answer.status >= 400 && answer.status < 500), answer.text.slice(0, 300));
  if (answer.status !== 200) assert.match(answer.text, /<Code>[A-Za-z]+<\/Code>/);
  await putFixture('photo.jpg');
  const next = await oss(server, {
    method: 'GET',
    path: `/${bucket}/photo.jpg`,
    query: { 'x-oss-process': 'image/resize,w_100' },
  });
  assert.equal(next.status, 200);
});

/** It may have ended since it was looked up. */
function stopProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGSTOP');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

test('an engine that hangs is killed at the deadline', async () => {
  const before = new Set(descendants(server.pid).map(({ pid }) => pid));
  const id = await submit('clip.mp4', 'video/convert,f_mp4,vcodec_h265,s_1920x1080', 'out/hung.mp4');
  const hung = await until('ffmpeg at work', 60_000, () => {
    const found = descendants(server.pid).filter(
      ({ pid, command }) => !before.has(pid) && /(^|\/)ffmpeg /.test(command),
    );
    return found.length > 0 && found;
  });
  // A stopped process neither works nor ends, whatever it is told politely.
  for (const { pid } of hung) stopProcess(pid);
  const stopped = setInterval(() => {
    for (const { pid, command } of descendants(server.pid)) if (/(^|\/)ffmpeg /.test(command)) stopProcess(pid);
  }, 50);
  try {
    const end = await endOfTask(id);
    assert.equal(end.Status, 'Failed', JSON.stringify(end));
    assert.match(end.Message, /time|deadline|long|seconds/i);
  } finally {
    clearInterval(stopped);
  }
  await endOf(hung, 10_000);
  assert.equal(await head('out/hung.mp4'), 404);
  await goodJobRuns('av');
});

test('an engine that is killed is started anew', async () => {
  const before = new Set(descendants(server.pid).map(({ pid }) => pid));
  const id = await submit('clip.mp4', 'video/convert,f_mp4,vcodec_h265,s_1280x720', 'out/killed.mp4');
  const found = await until('ffmpeg at work', 60_000, () => {
    const working = descendants(server.pid).find(
      ({ pid, command }) => !before.has(pid) && /(^|\/)ffmpeg .*libx265/.test(command),
    );
    return working;
  });
  process.kill(found.pid, 'SIGKILL');
  const end = await endOfTask(id);
  assert.equal(await head('out/killed.mp4'), end.Status === 'Succeeded' ? 200 : 404);
  await goodJobRuns('av');
});

test('nothing of the failed jobs is left running', async () => {
  await until('the engines to be idle', 20_000, () =>
    descendants(server.pid).every(({ command }) => !/(^|\/)(ffmpeg|ffprobe|pdftoppm) /.test(command)),
  );
});
