import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type RunningServer, startServer } from '@millrace/testkit';
import {
  Copier,
  collect,
  Downloader,
  FileCheckpoints,
  Oss,
  Pause,
  SourceChangedError,
  standardRetry,
  Uploader,
} from 'millrace';
import { bytesOf, Dice } from '../faults/random.ts';
import { faultyProxy } from './faulty-proxy.ts';

/** A run of many seeds can be cut into pieces. */
const FIRST = Number(process.env.MILLRACE_TEST_TRANSFER_FIRST ?? 1);
const ROUNDS = Number(process.env.MILLRACE_TEST_TRANSFER_ROUNDS ?? 12);
const KILLS = Number(process.env.MILLRACE_TEST_TRANSFER_KILLS ?? 4);
const PART = 256 * 1024;
const bucket = 'transfers';
let server: RunningServer;
let oss: Oss;
let folder: string;
let to: { endpoint: string; region: string; accessKeyId: string; accessKeySecret: string };

before(async () => {
  server = await startServer();
  const { endpoint, region, accessKeyId, accessKeySecret } = server;
  to = { endpoint, region, accessKeyId, accessKeySecret };
  oss = new Oss(to);
  await oss.putBucket({ bucket });
  folder = await mkdtemp(join(tmpdir(), 'millrace-transfers-'));
});
after(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const contents = (size: number, seed: number): Buffer => bytesOf(seed, size);
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
const stored = async (key: string): Promise<Uint8Array> => await (await oss.getObject({ bucket, key })).body.bytes();

async function fileOf(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

const impatient = { ...standardRetry(10), delay: (_attempt: number, chance: () => number) => 40 * chance() };

for (let seed = FIRST; seed < FIRST + ROUNDS; seed++) {
  test(`uploads and downloads arrive whole through a network that fails, seed ${seed}`, async (t) => {
    const dice = new Dice(seed);
    const choose = (bound: number): number => dice.between(0, bound - 1);
    const proxy = await faultyProxy(server.endpoint, choose);
    t.after(() => proxy.close());
    const client = new Oss({ ...to, endpoint: proxy.endpoint, retry: impatient, idleTimeout: 800 });
    const bytes = contents(PART * 4 + choose(PART * 8), seed);
    const path = await fileOf(`source-${seed}`, bytes);
    const key = `through/${seed}`;
    let moved = 0;
    const onProgress = (progress: { moved: number }) => {
      moved = progress.moved;
    };
    const options = { partSize: PART, checkpointDir: join(folder, 'records'), concurrency: 3, onProgress };
    const uploader = new Uploader(client, options);
    const up = await persist(() => uploader.uploadFile({ bucket, key }, path));
    assert.equal(md5(await stored(key)), md5(bytes));
    assert.equal(up.crc64, (await oss.headObject({ bucket, key })).crc64);
    const struck = [...proxy.faults.values()].reduce((sum, count) => sum + count, 0);
    // A corrupted part is sent again whole; any other fault costs the parts under way on that connection.
    assert.ok(
      moved <= bytes.length + (struck + 1) * 3 * PART,
      `moved ${moved} of ${bytes.length} with ${struck} faults`,
    );
    const target = join(folder, `target-${seed}`);
    await persist(() => new Downloader(client, options).downloadFile({ bucket, key }, target));
    assert.equal(md5(await readFile(target)), md5(bytes));
    t.diagnostic(JSON.stringify(Object.fromEntries(proxy.faults)));
  });
}

/** A run that fails is followed by another, as a user would. What is wrong fails every time. */
async function persist<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (attempt >= 5) throw error;
    }
  }
}

test('leaves no records, locks, temporary files or uploads behind', async () => {
  assert.deepEqual(await readdir(join(folder, 'records')), []);
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith('.part')),
    [],
  );
  assert.deepEqual((await oss.listMultipartUploads({ bucket })).Upload, []);
});

const actor = fileURLToPath(new URL('transfer-actor.ts', import.meta.url));

function act(verb: 'upload' | 'download', key: string, file: string, records: string) {
  const { endpoint, accessKeyId, accessKeySecret } = to;
  const child = spawn(
    process.execPath,
    [actor, verb, endpoint, accessKeyId, accessKeySecret, bucket, key, file, records],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const output = collect(child.stdout).then((bytes) => new TextDecoder().decode(bytes));
  return { child, output };
}

for (let seed = FIRST; seed < FIRST + KILLS; seed++) {
  test(`goes on after kill -9 of the client, of the server, or of both, seed ${seed}`, async () => {
    const dice = new Dice(1000 + seed);
    const bytes = contents(PART * 40, seed);
    const source = await fileOf(`killed-${seed}`, bytes);
    const records = join(folder, `killed-records-${seed}`);
    const key = `killed/${seed}`;
    for (const verb of ['upload', 'download'] as const) {
      const file = verb === 'upload' ? source : join(folder, `killed-target-${seed}`);
      const { child, output } = act(verb, key, file, records);
      await new Promise((resolve) => setTimeout(resolve, 350 + dice.between(0, 350)));
      const who = dice.between(0, 2);
      if (who !== 0) await server.kill('SIGKILL');
      if (who !== 1) child.kill('SIGKILL');
      if (who !== 0) await server.restart();
      const text = await output;
      if (text === '') {
        const again = act(verb, key, file, records);
        const said = JSON.parse(await again.output);
        assert.ok(said.moved <= bytes.length, 'what was there is not moved again');
      }
      assert.equal(md5(verb === 'upload' ? await stored(key) : await readFile(file)), md5(bytes), `${verb} ${who}`);
    }
    assert.deepEqual(
      (await readdir(records)).filter((name) => name.endsWith('.json')),
      [],
    );
  });
}

/** Lets `parts` parts through and fails then, for good. */
function failingAfter(parts: number): Oss {
  let count = 0;
  const transport: typeof oss.settings.platform.transport = async (request) => {
    if (/partNumber=/.test(request.url) && ++count > parts) throw new Error('no more');
    return await oss.settings.platform.transport(request);
  };
  return new Oss({ ...to, retry: 1, platform: { transport } });
}

const kept = (name: string) => ({
  partSize: PART,
  concurrency: 1,
  checkpoints: new FileCheckpoints(join(folder, name)),
});

test('sends only what is missing on resume, checked with ListParts', async () => {
  const bytes = contents(PART * 6, 7);
  const path = await fileOf('resumed', bytes);
  const options = kept('resumed-records');
  await assert.rejects(new Uploader(failingAfter(4), options).uploadFile({ bucket, key: 'resumed' }, path), /no more/);
  let moved = 0;
  const onProgress = (progress: { moved: number }) => {
    moved = progress.moved;
  };
  await new Uploader(oss, options).uploadFile({ bucket, key: 'resumed' }, path, { onProgress });
  assert.equal(moved, PART * 2);
  assert.equal(md5(await stored('resumed')), md5(bytes));
});

test('starts again by itself when the server dropped the upload, before or while parts are sent', async () => {
  const bytes = contents(PART * 5, 8);
  const path = await fileOf('dropped', bytes);
  const options = kept('dropped-records');
  const key = 'dropped';
  await assert.rejects(new Uploader(failingAfter(2), options).uploadFile({ bucket, key }, path));
  const dropAll = async () => {
    for (const { Key, UploadId } of (await oss.listMultipartUploads({ bucket, prefix: key })).Upload) {
      await oss.abortMultipartUpload({ bucket, key: Key, uploadId: UploadId });
    }
  };
  await dropAll();
  let dropped = false;
  const onProgress = ({ transferred }: { transferred: number }) => {
    if (transferred < PART * 3 || dropped) return;
    dropped = true;
    void dropAll();
  };
  await new Uploader(oss, options).uploadFile({ bucket, key }, path, { onProgress });
  assert.equal(md5(await stored(key)), md5(bytes));
  assert.ok(dropped);
});

test('a file that changed between two runs is sent anew, and the old upload is taken away', async () => {
  const path = await fileOf('changed', contents(PART * 4, 9));
  const options = kept('changed-records');
  const key = 'changed';
  await assert.rejects(new Uploader(failingAfter(2), options).uploadFile({ bucket, key }, path));
  const bytes = contents(PART * 4, 10);
  await writeFile(path, bytes);
  await new Uploader(oss, options).uploadFile({ bucket, key }, path);
  assert.equal(md5(await stored(key)), md5(bytes));
  assert.deepEqual((await oss.listMultipartUploads({ bucket, prefix: key })).Upload, []);
});

test('a file that changes while it is sent is sent anew, and never becomes an object of two halves', async () => {
  const path = await fileOf('changing', contents(PART * 4, 11));
  /** Makes the file longer once in each of so many attempts. */
  const upload = async (times: number): Promise<unknown> => {
    let changes = 0;
    let begun = true;
    const onProgress = ({ transferred }: { transferred: number }) => {
      if (transferred === 0) begun = true;
      if (transferred < PART * 2 || !begun || changes === times) return;
      begun = false;
      changes++;
      appendFileSync(path, 'more');
    };
    const options = { ...kept('changing-records'), onProgress };
    return await new Uploader(oss, options).uploadFile({ bucket, key: 'changing' }, path);
  };
  await assert.rejects(upload(Number.POSITIVE_INFINITY), SourceChangedError);
  assert.equal(await oss.isObjectExist(bucket, 'changing'), false);
  await upload(1);
  assert.equal(md5(await stored('changing')), md5(await readFile(path)));
  assert.deepEqual((await oss.listMultipartUploads({ bucket, prefix: 'changing' })).Upload, []);
});

test('a damaged record is none', async () => {
  const bytes = contents(PART * 4, 12);
  const path = await fileOf('damaged', bytes);
  const options = kept('damaged-records');
  await assert.rejects(new Uploader(failingAfter(2), options).uploadFile({ bucket, key: 'damaged' }, path));
  const [name = ''] = await readdir(options.checkpoints.folder);
  const record = join(options.checkpoints.folder, name);
  const text = await readFile(record, 'utf8');
  await writeFile(record, text.replace(/"size":\d+/, '"size":1'));
  await new Uploader(oss, options).uploadFile({ bucket, key: 'damaged' }, path);
  assert.equal(md5(await stored('damaged')), md5(bytes));
});

test('two transfers of one file at once do not disturb each other', async () => {
  const bytes = contents(PART * 6, 13);
  const path = await fileOf('twice', bytes);
  const records = join(folder, 'twice-records');
  const said = await Promise.all([
    act('upload', 'twice', path, records).output,
    act('upload', 'twice', path, records).output,
  ]);
  assert.equal(new Set(said.map((text) => JSON.parse(text).crc64)).size, 1);
  assert.equal(md5(await stored('twice')), md5(bytes));
  const target = join(folder, 'twice-target');
  await Promise.all([
    act('download', 'twice', target, records).output,
    act('download', 'twice', target, records).output,
  ]);
  assert.equal(md5(await readFile(target)), md5(bytes));
});

test('streams of unknown length, empty and short ones too, are uploaded', async () => {
  for (const size of [0, 1000, PART * 3 + 17]) {
    const bytes = contents(size, size);
    async function* pieces() {
      for (let at = 0; at < size; at += 70_000) yield bytes.subarray(at, at + 70_000);
    }
    const done = await new Uploader(oss, { partSize: PART }).uploadFrom({ bucket, key: 'stream' }, pieces());
    assert.equal(done.size, size);
    assert.equal(md5(await stored('stream')), md5(bytes));
  }
});

test('small objects, empty ones too, come in one request and leave nothing beside them', async () => {
  const records = join(folder, 'small-records');
  for (const size of [0, 1, 64 * 1024, 64 * 1024 + 1, PART]) {
    const bytes = contents(size, size + 1);
    await oss.putObject({ bucket, key: 'small', body: bytes });
    let asked = 0;
    const transport: typeof oss.settings.platform.transport = async (request) => {
      asked++;
      return await oss.settings.platform.transport(request);
    };
    const client = new Oss({ ...to, platform: { transport } });
    const target = join(folder, 'small-target');
    const done = await new Downloader(client, { checkpointDir: records }).downloadFile(
      { bucket, key: 'small' },
      target,
    );
    assert.equal(done.size, size);
    assert.equal(asked, size <= 64 * 1024 ? 1 : 3);
    assert.equal(md5(await readFile(target)), md5(bytes));
  }
  await assert.rejects(readdir(records), { code: 'ENOENT' });
});

test('a transfer pauses, resumes, and ends with the reason it is aborted for', async () => {
  const path = await fileOf('paused', contents(PART * 8, 14));
  const pause = new Pause();
  let reached = 0;
  let paused = false;
  const onProgress = ({ transferred }: { transferred: number }) => {
    reached = transferred;
    if (transferred < PART * 2 || paused) return;
    paused = true;
    pause.pause();
  };
  const uploader = new Uploader(oss, kept('paused-records'));
  const running = uploader.uploadFile({ bucket, key: 'paused' }, path, { pause, onProgress });
  // It comes to rest: nothing is under way any more, and the end is not reached.
  for (let before = -1; !paused || before !== reached; ) {
    before = reached;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  assert.ok(reached < PART * 8);
  pause.resume();
  await running;
  const reason = new Error('enough');
  const controller = new AbortController();
  const aborted = new Uploader(oss, kept('aborted-records')).uploadFile({ bucket, key: 'aborted' }, path, {
    signal: controller.signal,
    onProgress: () => controller.abort(reason),
  });
  await assert.rejects(aborted, reason);
});

test('copies in one request or in parts, with what belongs to the object', async () => {
  const bytes = contents(PART * 5, 15);
  await oss.putObject({
    bucket,
    key: 'copied',
    body: bytes,
    contentType: 'text/x-odd',
    meta: { a: 'b' },
    tagging: [{ key: 'k', value: 'v' }],
  });
  for (const threshold of [PART * 10, PART]) {
    const copier = new Copier(oss, { threshold, partSize: PART });
    await copier.copy({ bucket, key: 'copy', source: { bucket, key: 'copied' } });
    const head = await oss.headObject({ bucket, key: 'copy' });
    assert.deepEqual([head.contentType, head.meta, head.taggingCount], ['text/x-odd', { a: 'b' }, 1]);
    assert.equal(md5(await stored('copy')), md5(bytes));
    await oss.deleteObject({ bucket, key: 'copy' });
  }
});
