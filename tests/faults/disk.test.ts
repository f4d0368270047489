/** Disks that are full, or fail to sync: clean errors, nothing half-written, reads go on. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { compose, type Millrace } from '@millrace/server/compose';
import { readConfig } from '@millrace/server/config';
import { fileDisk, openFileBlobStore } from '@millrace/server/stores/files/file-blob-store';
import { openSqliteStore } from '@millrace/server/stores/sqlite/sqlite-record-store';
import { type Answer, type Keys, oss } from '@millrace/testkit';
import { accepted } from './actor.ts';
import { bytesOf } from './random.ts';

/** Kept with the records, and in a file of its own. */
const SMALL = bytesOf(1, 2_000);
const LARGE = bytesOf(2, 700_000);
/** Written by the thread that digests it. */
const LONG = bytesOf(3, 2_500_000);

const account = { accessKeyId: 'MillraceTestKey00001', accessKeySecret: 'MillraceTestSecretABCDEFGHIJKL' };

let folder: string;
let failing: 'write' | 'file' | 'directory' | undefined;
let millrace: Millrace;
let keys: Keys;
let uploadId: string;

const fails = (what: typeof failing, code: string): void => {
  if (failing === what) throw Object.assign(new Error(`${code}: the disk says no`), { code });
};

const disk: typeof fileDisk = {
  async write(handle, pieces, digest) {
    if (failing === 'write') await handle.write(Buffer.alloc(100));
    fails('write', 'ENOSPC');
    return await fileDisk.write(handle, pieces, digest);
  },
  async syncFile(handle) {
    fails('file', 'EIO');
    await fileDisk.syncFile(handle);
  },
  async syncDirectory(path) {
    fails('directory', 'EIO');
    await fileDisk.syncDirectory(path);
  },
};

const commitsFile = (): string => join(folder, 'commits');
const failCommits = (code: string): Promise<void> => writeFile(commitsFile(), code);

async function start(): Promise<void> {
  process.env.MILLRACE_TEST_COMMITS = commitsFile();
  const data = join(folder, 'data');
  const config = readConfig(
    {
      ...{ MILLRACE_PORT: '0', MILLRACE_CONSOLE_PORT: '0', MILLRACE_DATA: data, MILLRACE_LOG_LEVEL: 'fatal' },
      ...{ MILLRACE_ACCESS_KEY_ID: account.accessKeyId, MILLRACE_ACCESS_KEY_SECRET: account.accessKeySecret },
    },
    folder,
  );
  const records = await openSqliteStore({
    folder: join(data, 'records'),
    commands: new URL('./disks/failing-commits.ts', import.meta.url),
  });
  millrace = await compose(config, { records, blobs: await openFileBlobStore({ folder: join(data, 'blobs'), disk }) });
  keys = { ...account, endpoint: millrace.endpoint };
}

async function mend(): Promise<void> {
  failing = undefined;
  await rm(commitsFile(), { force: true });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-disk-'));
  await start();
  accepted(await oss(keys, { method: 'PUT', path: '/disk/' }), 200);
  for (const [key, body] of [
    ['small', SMALL],
    ['large', LARGE],
  ] as const)
    accepted(await put(key, body), 200);
  const begun = accepted(await oss(keys, { method: 'POST', path: '/disk/parts', query: { uploads: '' } }), 200);
  uploadId = /<UploadId>(\w+)</.exec(begun.text)?.[1] ?? '';
});
afterEach(async () => {
  await mend();
  await millrace.close();
  await rm(folder, { recursive: true });
});

const put = (key: string, body: Buffer): Promise<Answer> => oss(keys, { method: 'PUT', path: `/disk/${key}`, body });

async function postForm(key: string, body: Buffer): Promise<{ status: number; text: string }> {
  const policy = Buffer.from(
    JSON.stringify({ expiration: new Date(Date.now() + 600_000).toISOString(), conditions: [{ bucket: 'disk' }] }),
  ).toString('base64');
  const form = new FormData();
  form.set('key', key);
  form.set('OSSAccessKeyId', account.accessKeyId);
  form.set('policy', policy);
  form.set('Signature', createHmac('sha1', account.accessKeySecret).update(policy).digest('base64'));
  form.set('file', new Blob([new Uint8Array(body)]));
  const answer = await fetch(`${keys.endpoint}/disk/`, { method: 'POST', body: form });
  return { status: answer.status, text: await answer.text() };
}

const writes: Record<string, (body: Buffer) => Promise<{ status: number; text: string }>> = {
  put: (body) => put('new', body),
  overwrite: (body) => put('large', body),
  append: (body) => oss(keys, { method: 'POST', path: '/disk/appended', query: { append: '', position: '0' }, body }),
  part: (body) => oss(keys, { method: 'PUT', path: '/disk/parts', query: { partNumber: '1', uploadId }, body }),
  form: (body) => postForm('posted', body),
};

async function refused(bodies: readonly Buffer[]): Promise<void> {
  for (const [way, write] of Object.entries(writes)) {
    for (const body of bodies) {
      const { status, text } = await write(body);
      assert.deepEqual([status, /<Code>(\w+)</.exec(text)?.[1]], [503, 'ServiceUnavailable'], `${way}: ${text}`);
    }
  }
}

/** What was there before is, whole, and nothing else. */
async function asBefore(): Promise<void> {
  for (const [key, bytes] of [
    ['small', SMALL],
    ['large', LARGE],
  ] as const) {
    assert.deepEqual(accepted(await oss(keys, { method: 'GET', path: `/disk/${key}` }), 200).body, bytes);
  }
  const listed = accepted(await oss(keys, { method: 'GET', path: '/disk/' }), 200).text.matchAll(/<Key>(\w+)</g);
  assert.deepEqual(
    Array.from(listed, ([, key]) => key),
    ['large', 'small'],
  );
  const parts = await oss(keys, { method: 'GET', path: '/disk/parts', query: { uploadId } });
  assert.doesNotMatch(accepted(parts, 200).text, /<Part>/);
}

async function works(): Promise<void> {
  for (const [way, write] of Object.entries(writes)) {
    const { status, text } = await write(LONG);
    assert.ok(status < 300, `${way}: ${status} ${text}`);
  }
  assert.deepEqual(accepted(await oss(keys, { method: 'GET', path: '/disk/new' }), 200).body, LONG);
}

async function filesOfBlobs(): Promise<number> {
  const blobs = join(folder, 'data', 'blobs');
  const names = await readdir(blobs, { recursive: true });
  const files = await Promise.all(names.map(async (name) => (await stat(join(blobs, name))).isFile()));
  return files.filter(Boolean).length;
}

test('no room for bytes refuses what needs it, leaves nothing behind, and is over when there is room', async () => {
  failing = 'write';
  await refused([LARGE, LONG]);
  assert.equal(await filesOfBlobs(), 1);
  await asBefore();
  accepted(await put('small', SMALL), 200);
  await mend();
  await works();
});

test('no room for records refuses every write, and is over when there is room', async () => {
  await failCommits('SQLITE_FULL');
  await refused([SMALL, LARGE]);
  await asBefore();
  await mend();
  await works();
});

for (const what of ['file', 'directory'] as const) {
  test(`a ${what} that fails to sync refuses large bodies until the next start`, async () => {
    failing = what;
    await refused([LARGE, LONG]);
    await mend();
    await refused([LARGE, LONG]);
    assert.equal(await filesOfBlobs(), 1);
    await asBefore();
    await millrace.close();
    await start();
    await asBefore();
    await works();
  });
}

test('records that fail to sync refuse every write until the next start', async () => {
  await failCommits('SQLITE_IOERR_FSYNC');
  await refused([SMALL, LARGE]);
  await mend();
  await refused([SMALL, LARGE]);
  await asBefore();
  await millrace.close();
  await start();
  await asBefore();
  await works();
});
