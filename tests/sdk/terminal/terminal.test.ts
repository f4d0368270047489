/** The command line as a person meets it: on a terminal, with bars, Ctrl-C and names that nobody would choose. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type RunningServer, startServer, until } from '@millrace/testkit';
import { crc64OfFile, eachObject, Oss } from 'millrace';
import { bytesOf } from '../../faults/random.ts';
import { CTRL_C, onTerminal } from './terminal.ts';

const MIB = 1024 ** 2;
const FILES = Number(process.env.MILLRACE_TEST_SMALL_FILES ?? 300);
const LARGE = Number(process.env.MILLRACE_TEST_LARGE_MIB ?? 48) * MIB;

const millrace = fileURLToPath(new URL('../../../bin/millrace', import.meta.url));
const bucket = 'terminal-bucket';
let server: RunningServer;
let folder: string;
let env: NodeJS.ProcessEnv;
let oss: Oss;

before(async () => {
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), 'millrace-terminal-'));
  const { endpoint, region, accessKeyId, accessKeySecret } = server;
  env = {
    PATH: process.env.PATH,
    HOME: folder,
    LANG: 'C.UTF-8',
    MILLRACE_ENDPOINT: endpoint,
    OSS_ACCESS_KEY_ID: accessKeyId,
    OSS_ACCESS_KEY_SECRET: accessKeySecret,
  };
  oss = new Oss({ endpoint, region, accessKeyId, accessKeySecret });
  await oss.putBucket({ bucket });
});
after(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = (words: readonly string[], columns?: number) =>
  onTerminal([millrace, ...words], { env, cwd: folder, ...(columns === undefined ? {} : { columns }) });

const underWay = async () => (await oss.listMultipartUploads({ bucket })).Upload;
async function keys(prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { Key } of eachObject(oss, { bucket, prefix })) found.push(Key);
  return found;
}

/** A file of bytes that do not repeat within a part; as large as one likes, and quick to make. */
async function makeLarge(path: string, size: number, seed: number): Promise<void> {
  await using file = await open(path, 'w');
  const block = bytesOf(seed, 8 * MIB);
  for (let at = 0; at < size; at += block.length) {
    block.writeDoubleLE(at, 0);
    await file.write(block, 0, Math.min(block.length, size - at), at);
  }
}

test('a bar shows share, bytes, rate and time left while a file goes, and nothing of it stays', async () => {
  const file = join(folder, 'barred');
  await makeLarge(file, 6 * MIB, 1);
  const words = ['cp', file, `oss://${bucket}/barred`, '--part-size', '1M', '--bandwidth-limit', '4M'];
  const shown = run(words);
  const line = await shown.shows(/[1-9]\d? %.*MiB\/s/);
  assert.match(line, /^\[#+\.+\] +\d+ % {2}[\d.]+ [KM]iB of 6\.0 MiB {2}[\d.]+ [KM]iB\/s {2}(\d\d:\d\d|--:--)$/);
  assert.equal(await shown.code, 0);
  assert.deepEqual(shown.screen(), [`${file} -> oss://${bucket}/barred`.slice(0, 100)]);
});

test('on a narrow terminal a bar takes one line all the same, and with --json or -q there is none', async () => {
  const file = join(folder, 'narrow');
  await makeLarge(file, 3 * MIB, 2);
  const words = ['cp', file, `oss://${bucket}/n`, '--part-size', '1M', '--bandwidth-limit', '3M'];
  for (const columns of [12, 30, 60]) {
    const shown = run(words, columns);
    await shown.shows(/\d %/);
    assert.equal(await shown.code, 0);
    assert.ok(!shown.screen().join('').includes('%'), JSON.stringify(shown.screen()));
  }
  for (const flag of ['--json', '--quiet']) {
    const shown = run([...words, flag]);
    assert.equal(await shown.code, 0);
    assert.ok(!shown.written.includes('%'));
  }
});

test('Ctrl-C ends a transfer in order, and the same command goes on where it was', async () => {
  const file = join(folder, 'large 文件');
  await makeLarge(file, LARGE, 3);
  const slow = String(Math.round(LARGE / 3));
  const up = ['cp', file, `oss://${bucket}/large 文件`, '--part-size', String(LARGE / 24)];
  const first = run([...up, '--bandwidth-limit', slow]);
  await first.shows(/[3-9]\d %/);
  first.type(CTRL_C);
  assert.equal(await first.code, 130);
  assert.match(first.screen().at(-1) ?? '', /interrupted; the same command goes on where it ended/);
  assert.equal((await underWay()).length, 1);
  const again = run([...up, '--bandwidth-limit', slow]);
  // What is there already counts from the beginning.
  const [, percent] = /(\d+) %/.exec(await again.shows(/[1-9]\d* %/)) ?? [];
  assert.ok(Number(percent) >= 12, `${percent} %`);
  assert.equal(await again.code, 0);
  assert.deepEqual(await underWay(), []);
  const crc64 = await crc64OfFile(file);
  assert.equal((await oss.headObject({ bucket, key: 'large 文件' })).crc64, crc64);

  const target = join(folder, 'down');
  const down = ['cp', `oss://${bucket}/large 文件`, target, '--part-size', String(LARGE / 24)];
  const third = run([...down, '--bandwidth-limit', slow]);
  await third.shows(/[3-9]\d %/);
  third.type(CTRL_C);
  assert.equal(await third.code, 130);
  const fourth = run([...down, '--bandwidth-limit', slow]);
  const [, share] = /(\d+) %/.exec(await fourth.shows(/[1-9]\d* %/)) ?? [];
  assert.ok(Number(share) >= 12, `${share} %`);
  assert.equal(await fourth.code, 0);
  assert.equal(await crc64OfFile(target), crc64);
});

test('a second Ctrl-C does not wait for anything', async () => {
  const file = join(folder, 'stuck');
  await makeLarge(file, 16 * MIB, 4);
  const words = ['cp', file, `oss://${bucket}/stuck`, '--part-size', '1M', '--bandwidth-limit', '4M', '--no-resume'];
  const shown = run(words);
  await shown.shows(/[1-9]\d %/);
  // Without a record the upload is taken back when it is interrupted, which a server that stands still does not answer.
  process.kill(server.pid, 'SIGSTOP');
  try {
    shown.type(CTRL_C);
    const waits = await Promise.race([shown.code, new Promise((resolve) => setTimeout(resolve, 1000, 'waits'))]);
    assert.equal(waits, 'waits');
    shown.type(CTRL_C);
    assert.equal(await shown.code, 130);
  } finally {
    process.kill(server.pid, 'SIGCONT');
  }
});

test('an upload that is not to be resumed leaves nothing on the server when it is interrupted', async () => {
  const words = [
    'cp',
    join(folder, 'stuck'),
    'oss://unresumed-bucket/x',
    '--part-size',
    '1M',
    '--bandwidth-limit',
    '4M',
  ];
  await oss.putBucket({ bucket: 'unresumed-bucket' });
  const shown = run([...words, '--no-resume']);
  await shown.shows(/[1-9]\d %/);
  shown.type(CTRL_C);
  assert.equal(await shown.code, 130);
  assert.deepEqual((await oss.listMultipartUploads({ bucket: 'unresumed-bucket' })).Upload, []);
});

const odd = [
  'with space',
  'CJK 文件 ファイル',
  'new\nline',
  'return\rover',
  'clears\u001b[2Jthe screen',
  'bell\u0007',
  'c1\u009b31m',
  'turned\u202egnp.exe',
  '-rf',
  '*?[x]',
  'quo\'te"s`$(x)',
  'emoji 👩‍👩‍👧',
  '.hidden',
  ' leading and trailing ',
  'a'.repeat(200),
];

test('names of any characters go up, down and away, and none of them reaches the terminal as more than text', async () => {
  const source = join(folder, 'odd');
  for (const name of odd) {
    await mkdir(join(source, 'sub', name), { recursive: true });
    await writeFile(join(source, 'sub', name, name), `of ${name}`);
  }
  const target = join(folder, 'odd-down');
  const commands = [
    ['cp', '-r', source, `oss://${bucket}/odd/`],
    ['ls', `oss://${bucket}/odd/`],
    ['cp', '-r', `oss://${bucket}/odd/`, target],
    ['cp', `oss://${bucket}/odd/sub/new\nline/new\nline`, `oss://${bucket}/odd-copy/new\nline`],
    ['stat', `oss://${bucket}/odd-copy/new\nline`],
    ['hash', join(source, 'sub', 'return\rover', 'return\rover')],
    ['rm', `oss://${bucket}/odd-copy/new\nline`],
  ];
  for (const words of commands) {
    const shown = run(words, 400);
    assert.equal(await shown.code, 0, shown.written);
    // The screen takes no control characters but ours, and the marks that turn text are not control characters.
    assert.ok(!/[\u202a-\u202e]/.test(shown.written));
  }
  for (const name of odd) assert.equal(await readFile(join(target, 'sub', name, name), 'utf8'), `of ${name}`);
  const absent = run(['cp', join(folder, 'absent\u001b[31m'), `oss://${bucket}/x`]);
  assert.equal(await absent.code, 4);
  assert.match(absent.screen().join(''), /absent\\x1b\[31m/);
});

test(`${FILES} small files are counted, can be interrupted, and are all there in the end`, async () => {
  const source = join(folder, 'small');
  for (let at = 0; at < FILES; at++) {
    const path = join(source, `d${at % 37}`, `f ${at}.txt`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `content ${at}`);
  }
  const up = ['cp', '-r', '-u', source, `oss://${bucket}/small`];
  const first = run([...up, '--job', '3']);
  await until('some of them to be there', 60_000, async () => (await keys('small/')).length >= FILES / 10);
  first.type(CTRL_C);
  assert.equal(await first.code, 130);
  const there = (await keys('small/')).length;
  assert.ok(there < FILES, 'it was not through yet');
  const second = run(up);
  assert.equal(await second.code, 0);
  const moved = Number(/^(\d+) moved/.exec(second.screen().at(-1) ?? '')?.[1]);
  assert.equal(moved, FILES - there, 'what was there is not sent again');
  assert.equal((await keys('small/')).length, FILES);
  const target = join(folder, 'small-down');
  const third = run(['cp', '-r', `oss://${bucket}/small/`, target, '-q']);
  assert.equal(await third.code, 0);
  assert.equal(third.written, '');
  for (let at = 0; at < FILES; at++) {
    assert.equal(await readFile(join(target, `d${at % 37}`, `f ${at}.txt`), 'utf8'), `content ${at}`);
  }
});

test('what fails is told among the others, counted at the end, and the rest is done', async () => {
  for (const key of ['bad/../../../outside', 'bad/one', 'bad/two']) await oss.putObject({ bucket, key, body: key });
  const shown = run(['cp', '-r', `oss://${bucket}/bad/`, join(folder, 'bad')]);
  assert.equal(await shown.code, 5);
  assert.match(shown.screen().at(-2) ?? '', /^2 moved \(14 B\), 1 failed$/);
  assert.equal(await readFile(join(folder, 'bad', 'two'), 'utf8'), 'bad/two');
});
