/**
 * Media of every kind, whole and broken, through the server: each becomes what it is to become, or its task fails with a
 * reason; nothing hangs and nothing is left behind. `MILLRACE_TEST_MEDIA=all` takes all of them.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { type Answer, oss, type RunningServer, startServer, until } from '@millrace/testkit';
import { type Case, corpus, type Facts, LISTENER, makeCase } from './corpus.ts';

const call = promisify(execFile);
const bucket = 'media-corpus';
const LONGEST_MS = 60_000;

let server: RunningServer;
let folder: string;
let listener: Server;
/** Who came to the listener that disguised playlists name. */
const visits: string[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-corpus-'));
  listener = createServer((request, response) => {
    visits.push(request.url ?? '');
    response.end();
  });
  listener.on('connection', (socket) => visits.push(`connection from ${socket.remotePort}`));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  server = await startServer({ env: { MILLRACE_LOG_LEVEL: 'warn' } });
  ok(await oss(server, { method: 'PUT', path: `/${bucket}/` }));
});

after(async () => {
  await server.stop();
  listener.close();
  await rm(folder, { recursive: true, force: true });
});

function ok(answer: Answer): Answer {
  assert.equal(answer.status, 200, answer.text);
  return answer;
}

interface TaskSeen {
  state: string;
  code: string;
  message: string;
  result: { targets?: { key: string }[] } | null;
}

async function taskOf(id: string): Promise<TaskSeen> {
  const authorization = `Basic ${btoa(`${server.accessKeyId}:${server.accessKeySecret}`)}`;
  const answer = await fetch(`${server.console}/-/tasks/${id}`, { headers: { authorization } });
  assert.equal(answer.status, 200);
  return (await answer.json()) as TaskSeen;
}

const encoded = (text: string) => Buffer.from(text).toString('base64url');

/** The task at its end, or the refusal of the request. */
async function run(one: Case): Promise<TaskSeen | { refusal: string }> {
  const path = await makeCase(one, folder);
  const { port } = listener.address() as AddressInfo;
  const bytes = await readFile(path);
  const body = bytes.includes(LISTENER)
    ? Buffer.from(bytes.toString('utf8').replaceAll(LISTENER, `http://127.0.0.1:${port}`))
    : bytes;
  ok(await oss(server, { method: 'PUT', path: `/${bucket}/${one.name}`, body }));
  const answer = await oss(server, {
    method: 'POST',
    path: `/${bucket}/${one.name}`,
    query: { 'x-oss-async-process': '' },
    body: `x-oss-async-process=${one.process}|sys/saveas,o_${encoded(targetOf(one))}`,
  });
  if (answer.status === 400) return { refusal: answer.text };
  const { TaskId }: { TaskId: string } = JSON.parse(ok(answer).text);
  return await until(`the end of ${one.name}`, LONGEST_MS, async () => {
    const task = await taskOf(TaskId);
    return task.state !== 'Running' && task;
  });
}

const targetOf = ({ name, target, process, inPlace }: Case) =>
  inPlace ? name : `out/${target ?? `${name}.${/,f_(\w+)/.exec(process)?.[1] ?? 'bin'}`}`;

interface Stream {
  codec_type: string;
  codec_name: string;
  width?: number;
  height?: number;
  pix_fmt?: string;
  r_frame_rate?: string;
  sample_rate?: string;
  channels?: number;
  nb_read_frames?: string;
  side_data_list?: { rotation?: number }[];
}

/** What a file is by ffprobe, every frame of it decoded without a complaint. */
async function judge(path: string): Promise<{ streams: Stream[]; seconds: number }> {
  const { stderr } = await call('ffmpeg', ['-nostdin', '-v', 'error', '-i', path, '-f', 'null', '-']);
  assert.equal(stderr, '', 'the output can be decoded');
  const words = ['-v', 'error', '-count_frames', '-show_streams', '-show_format', '-of', 'json', path];
  const { stdout } = await call('ffprobe', words);
  const found = JSON.parse(stdout) as { streams: Stream[]; format: { duration?: string } };
  return { streams: found.streams, seconds: Number(found.format.duration ?? 0) };
}

const COLOURS = { red: [255, 0, 0], green: [0, 255, 0], blue: [0, 0, 255], black: [0, 0, 0], white: [255, 255, 255] };

async function check(path: string, facts: Facts): Promise<void> {
  const { streams, seconds } = await judge(path);
  const of = (type: string) => streams.filter((stream) => stream.codec_type === type);
  const [picture] = of('video');
  const [sound] = of('audio');
  assert.ok(of('video').length < 2 && of('audio').length < 2, 'one stream of each kind');
  assert.equal(of('data').length, 0);
  if (facts.video === null) assert.equal(picture, undefined);
  if (facts.video) {
    const { codec, size, pixelFormat, frames, rate, turned } = facts.video;
    assert.equal(picture?.codec_name, codec);
    if (size !== undefined) assert.equal(`${picture?.width}x${picture?.height}`, size);
    if (pixelFormat !== undefined) assert.equal(picture?.pix_fmt, pixelFormat);
    if (frames !== undefined) assert.equal(Number(picture?.nb_read_frames), frames);
    if (rate !== undefined) assert.equal(picture?.r_frame_rate, rate);
    if (turned !== undefined) assert.equal(picture?.side_data_list?.some(({ rotation }) => rotation) ?? false, turned);
  }
  if (facts.audio === null) assert.equal(sound, undefined);
  if (facts.audio) {
    assert.equal(sound?.codec_name, facts.audio.codec);
    if (facts.audio.rate !== undefined) assert.equal(Number(sound?.sample_rate), facts.audio.rate);
    if (facts.audio.channels !== undefined) assert.equal(sound?.channels, facts.audio.channels);
  }
  if (facts.subtitles !== undefined) assert.equal(of('subtitle')[0]?.codec_name ?? null, facts.subtitles);
  if (facts.seconds !== undefined) {
    assert.ok(Math.abs(seconds - facts.seconds) <= 0.15, `${seconds} s instead of ${facts.seconds}`);
  }
  if (facts.times !== undefined) assert.deepEqual(await shownAt(path), facts.times);
  for (const [place, colour] of Object.entries(facts.colours ?? {})) {
    const found = await colourAt(path, place);
    const distance = Math.max(...found.map((value, channel) => Math.abs(value - (COLOURS[colour][channel] ?? 0))));
    assert.ok(distance < 60, `${found} at ${place} instead of ${colour}`);
  }
}

async function shownAt(path: string): Promise<number[]> {
  const words = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', path];
  const { stdout } = await call('ffprobe', words);
  const times = stdout.split('\n').filter((line) => line !== '');
  return times.map((line) => Math.round(Number.parseFloat(line) * 1000)).sort((a, b) => a - b);
}

async function colourAt(path: string, place: string): Promise<number[]> {
  const [x, y] = place.split(',');
  const area = `crop=2:2:iw*${x}/10:ih*${y}/10,scale=1:1:flags=area,format=rgb24`;
  const words = ['-v', 'error', '-i', path, '-frames:v', '1', '-vf', area, '-f', 'rawvideo', '-'];
  const { stdout } = await call('ffmpeg', words, { encoding: 'buffer' });
  return [...stdout.subarray(0, 3)];
}

async function judgeEnd(one: Case, task: TaskSeen | { refusal: string }): Promise<'converted' | 'cleanly failed'> {
  const keys = await listed(targetOf(one).split('{')[0] ?? '');
  if ('refused' in one.expect) {
    assert.ok('refusal' in task, JSON.stringify(task));
    assert.match(task.refusal, one.expect.refused);
    assert.deepEqual(keys, []);
    return 'cleanly failed';
  }
  assert.ok('state' in task, JSON.stringify(task));
  if ('fails' in one.expect) {
    assert.equal(task.state, 'Failed', JSON.stringify(task));
    assert.equal(task.code, one.expect.code ?? 'InvalidArgument', JSON.stringify(task));
    assert.match(task.message, one.expect.fails);
    assert.doesNotMatch(task.message, /\/work\/|\/tmp\/|\.ts:\d/);
    assert.deepEqual(keys, [], 'a failed task leaves no object');
    return 'cleanly failed';
  }
  assert.equal(task.state, 'Succeeded', JSON.stringify(task));
  const expected = [one.expect].flat();
  assert.equal(keys.length, expected.length, keys.join(' '));
  for (const [number, facts] of expected.entries()) {
    const key = targetOf(one).replace('{index}', String(number + 1));
    const path = join(folder, `result-${number}`);
    await writeFile(path, ok(await oss(server, { method: 'GET', path: `/${bucket}/${key}` })).body);
    await check(path, facts);
  }
  return 'converted';
}

async function listed(prefix: string): Promise<string[]> {
  const query = { prefix, 'max-keys': '1000' };
  const { text } = ok(await oss(server, { method: 'GET', path: `/${bucket}/`, query }));
  return Array.from(text.matchAll(/<Key>([^<]*)</g), ([, key]) => key ?? '');
}

const chosen = corpus.filter(({ quick }) => quick || process.env.MILLRACE_TEST_MEDIA === 'all');
const ends = { converted: 0, 'cleanly failed': 0, wrong: 0, hung: 0 };

for (const one of chosen) {
  test(`${one.name} by ${one.process}`, async () => {
    try {
      ends[await judgeEnd(one, await run(one))] += 1;
    } catch (error) {
      ends[String(error).includes('the end of') ? 'hung' : 'wrong'] += 1;
      throw error;
    }
  });
}

test('nobody was called, and nothing is left of the work', async (t) => {
  t.diagnostic(`${chosen.length} media files: ${JSON.stringify(ends)}`);
  assert.deepEqual(visits, []);
  // Warm workers of other engines keep their folders, with empty files where something is mounted.
  const left = async () => {
    const found = await readdir(join(server.dataFolder, 'temporary'), { recursive: true, withFileTypes: true });
    const files = found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    return files.filter((path) => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0);
  };
  await until('the work to be over', 10_000, async () => (await left()).length === 0).catch(() => undefined);
  assert.deepEqual(await left(), []);
  assert.deepEqual(await readdir(join(server.dataFolder, 'temporary', 'sources')), []);
});
