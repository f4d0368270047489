import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, truncate, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { isDomainError } from '../../domain/errors.ts';
import { once } from '../../domain/objects/object-bytes.ts';
import { blobStoreContract } from '../contract/blob-store-contract.ts';
import { DirectorySync } from './directory-sync.ts';
import { fileDisk, openFileBlobStore } from './file-blob-store.ts';

const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'millrace-blobs-'));
const isReadOnly = (error: unknown): boolean => isDomainError(error, 'StorageReadOnly');

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

describe('the file blob store', () => {
  blobStoreContract({
    async make() {
      const folder = await makeFolder();
      return {
        open: () => openFileBlobStore({ folder }),
        async truncate(id, length) {
          await truncate((await openFileBlobStore({ folder })).localPath(id), length);
        },
        dispose: () => rm(folder, { recursive: true }),
      };
    },
  });
});

describe('a folder of blobs', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('syncs the bytes, then answers; new directories are synced in their parents too', async () => {
    const synced: string[] = [];
    const store = await openFileBlobStore({
      folder: join(folder, 'data', 'blobs'),
      disk: {
        ...fileDisk,
        syncFile: async () => void synced.push('file'),
        syncDirectory: async (path) => void synced.push(path.slice(folder.length)),
      },
    });
    assert.deepEqual(synced.splice(0), ['/data', '']);
    await store.write('0mabcd', bytes('hello'));
    assert.deepEqual(synced.splice(0).sort(), ['/data/blobs', '/data/blobs/0mab', '/data/blobs/0mab/c', 'file']);
    await store.write('0mabce', bytes('hello'));
    assert.deepEqual(synced.sort(), ['/data/blobs/0mab/c', 'file']);
  });

  test('syncs a long body while it comes, and gives up when that fails', async () => {
    const chunk = Buffer.alloc(1024 * 1024);
    async function* long(): AsyncGenerator<Uint8Array> {
      for (let count = 0; count < 40; count++) yield chunk;
    }
    let syncs = 0;
    let failing = Number.POSITIVE_INFINITY;
    const syncFile = async (): Promise<void> => {
      syncs += 1;
      if (syncs >= failing) throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
    };
    const store = await openFileBlobStore({
      folder,
      disk: { ...fileDisk, syncFile, syncDirectory: async () => {} },
    });
    assert.equal(await store.write('0mabcd', long()), 40 * chunk.length);
    assert.ok(syncs >= 3, `${syncs} syncs`);
    failing = syncs + 1;
    await assert.rejects(store.write('0mabce', long()), isReadOnly);
    assert.equal(syncs, failing);
    assert.equal(existsSync(store.localPath('0mabce')), false);
  });

  test('gives the path of a blob to other programs', async () => {
    const store = await openFileBlobStore({ folder });
    await store.write('0mabcd', bytes('hello'));
    assert.equal(await readFile(store.localPath('0mabcd'), 'utf8'), 'hello');
  });

  for (const failing of ['file', 'directory'] as const) {
    test(`goes read-only when a sync of a ${failing} fails, and never tries that one again`, async () => {
      let failures = 0;
      let broken = false;
      const sync = async (what: 'file' | 'directory'): Promise<void> => {
        if (!broken || what !== failing) return;
        failures++;
        throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
      };
      const store = await openFileBlobStore({
        folder,
        disk: { ...fileDisk, syncFile: () => sync('file'), syncDirectory: () => sync('directory') },
      });
      await store.write('0mabc1', bytes('before'));
      broken = true;
      await assert.rejects(store.write('0mabc2', bytes('lost')), isReadOnly);
      assert.equal(existsSync(store.localPath('0mabc2')), false);
      broken = false;
      await assert.rejects(store.write('0mabc3', bytes('after')), isReadOnly);
      assert.equal(failures, 1);
      const chunks = await collect(store.read('0mabc1', { offset: 0, length: 6 }));
      assert.equal(Buffer.concat(chunks).toString(), 'before');
    });
  }

  test('is tidied of directories that have long been empty, and makes them again when needed', async () => {
    const store = await openFileBlobStore({ folder });
    await store.write('0mabc1', bytes('hello'));
    await store.remove('0mabc1');
    const directory = dirname(store.localPath('0mabc1'));
    await collect(store.list());
    assert.equal(existsSync(directory), true);
    await utimes(directory, 1, 1);
    await collect(store.list());
    assert.equal(existsSync(directory), false);
    assert.equal(await store.write('0mabc2', bytes('again')), 5);
  });

  test('lets readers that stopped in the middle pin a bounded number of chunks, and serves others in small pieces', async () => {
    const store = await openFileBlobStore({ folder });
    const whole = Buffer.alloc(3 * 1024 * 1024, 'slow reader ');
    await store.write('0mabc1', once(whole));
    const readers = Array.from({ length: 90 }, () => store.read('0mabc1', { offset: 0, length: whole.length }));
    const pieces = await Promise.all(readers.map(async (reader) => (await reader.next()).value ?? Buffer.alloc(0)));
    const shared = pieces.filter(({ buffer }) => buffer instanceof SharedArrayBuffer);
    const ordinary = pieces.filter(({ buffer }) => buffer instanceof ArrayBuffer);
    assert.ok(shared.length <= 64, `${shared.length} chunks`);
    assert.ok(ordinary.every(({ buffer }) => buffer.byteLength <= 64 * 1024));
    const last = readers.at(-1);
    assert.ok(last);
    assert.deepEqual(Buffer.concat([pieces.at(-1) ?? Buffer.alloc(0), ...(await collect(last))]), whole);
    await Promise.all(readers.map((reader) => reader.return()));
  });

  test('does not take a directory in the place of a blob for one', async () => {
    const store = await openFileBlobStore({ folder });
    await mkdir(store.localPath('0mabc1'), { recursive: true });
    await assert.rejects(collect(store.read('0mabc1', { offset: 0, length: 1 })), (error) =>
      isDomainError(error, 'BlobDamaged'),
    );
  });
});

describe('shared directory syncs', () => {
  test('one under way does not count for those who come while it is', async () => {
    const started: PromiseWithResolvers<void>[] = [];
    const syncs = new DirectorySync(() => {
      const sync = Promise.withResolvers<void>();
      started.push(sync);
      return sync.promise;
    });
    const first = syncs.after('d');
    const [second, third] = [syncs.after('d'), syncs.after('d')];
    assert.equal(started.length, 1);
    started[0]?.resolve();
    await first;
    await Promise.resolve();
    assert.equal(started.length, 2);
    const fourth = syncs.after('d');
    started[1]?.resolve();
    await Promise.all([second, third]);
    await Promise.resolve();
    assert.equal(started.length, 3);
    started[2]?.resolve();
    await fourth;
    const later = syncs.after('d');
    started[3]?.resolve();
    await later;
    assert.equal(started.length, 4);
  });
});
