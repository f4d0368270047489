import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { testCiphers } from '../../stores/contract/test-ciphers.ts';
import { openFileBlobStore } from '../../stores/files/file-blob-store.ts';
import { openSqliteStore } from '../../stores/sqlite/sqlite-record-store.ts';
import { Identities } from '../identities.ts';
import { BucketService } from '../objects/bucket-service.ts';
import { Collector } from '../objects/collector.ts';
import { ObjectService } from '../objects/object-service.ts';
import { DAY_MS } from '../objects/restoration.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { BucketRow } from '../ports/object-records.ts';
import { systemRandom } from '../ports/random.ts';
import type { RecordStore } from '../ports/record-store.ts';
import { SettingsService } from '../settings/settings-service.ts';
import type { InventoryRule } from './inventory.ts';
import { InventoryKeeper } from './inventory-keeper.ts';

const HOUR_MS = DAY_MS / 24;

describe('an inventory', () => {
  let folder = '';
  let nowMs = 0;
  let records: RecordStore;
  let blobs: BlobStore;
  let objects: ObjectService;
  let buckets: BucketService;
  let settings: SettingsService;
  let keeper: InventoryKeeper;
  let faults: string[] = [];
  const clock: Clock = { now: () => nowMs, schedule: () => () => {} };

  beforeEach(async () => {
    // A Tuesday.
    nowMs = Date.parse('2025-06-03T10:20:30.500Z');
    folder = mkdtempSync(join(tmpdir(), 'millrace-inventory-'));
    faults = [];
    records = await openSqliteStore({ folder: join(folder, 'records') });
    blobs = await openFileBlobStore({ folder: join(folder, 'blobs') });
    const parts = { records, blobs, ciphers: testCiphers(), clock, identities: new Identities(clock, systemRandom()) };
    objects = new ObjectService(parts);
    buckets = new BucketService(parts);
    settings = new SettingsService(parts);
    const onFault = (error: unknown): void => void faults.push(String(error));
    keeper = new InventoryKeeper({ ...parts, fileLines: 1500, onFault });
    await buckets.create({ name: 'source', ownerId: '1' });
    await buckets.create({ name: 'lists', ownerId: '1' });
  });
  afterEach(async () => {
    await records.close();
    rmSync(folder, { recursive: true });
  });

  const source = (): Promise<BucketRow> => buckets.get('source');
  const put = async (key: string, length = 3, bucket = 'source') =>
    objects.put({
      bucket: await buckets.get(bucket),
      key,
      body: {
        bytes: (async function* () {
          yield Buffer.alloc(length);
        })(),
        length,
      },
    });
  const rule = async (change: Partial<InventoryRule> = {}, name = 'all'): Promise<void> => {
    const target = { accountId: '1', role: 'acs:ram::1:role/lists', bucket: 'lists', prefix: 'to' };
    const value: InventoryRule = {
      enabled: true,
      target,
      frequency: 'daily',
      versions: 'current',
      fields: [],
      ...change,
    };
    await settings.putItem(await source(), { kind: 'inventory', name, value }, { limit: 1000 });
  };
  const keys = async (bucket = 'lists'): Promise<string[]> => {
    const query = { prefix: '', delimiter: '', after: '', limit: 1000 };
    const { entries } = await objects.list(await buckets.get(bucket), query);
    return entries.flatMap((entry) => ('object' in entry ? [entry.object.key] : []));
  };
  const bytesOf = async (key: string, bucket = 'lists'): Promise<Buffer> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await objects.read(await objects.get(await buckets.get(bucket), key))) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  interface Manifest {
    fileSchema: string;
    files: { key: string; size: number; MD5checksum: string }[];
    [field: string]: unknown;
  }
  const manifestAt = async (key: string): Promise<Manifest> => JSON.parse((await bytesOf(key)).toString());
  /** The lines of the newest list, each as its values. */
  const listed = async (): Promise<string[][]> => {
    const last = (await keys()).filter((key) => key.endsWith('manifest.json')).at(-1) ?? '';
    const lines: string[] = [];
    for (const { key } of (await manifestAt(last)).files) {
      lines.push(
        ...gunzipSync(await bytesOf(key))
          .toString()
          .trimEnd()
          .split('\n'),
      );
    }
    return lines.map((line) => line.slice(1, -1).split('","'));
  };

  it('is a zipped list, a manifest that names it, and the sum of that, in the layout of the vendor', async () => {
    await put('a/ä "b".txt', 5);
    nowMs += 1000;
    await put('c', 7);
    await rule({ fields: ['etag', 'size', 'lastModified', 'storageClass', 'multipart', 'encrypted'] });
    assert.equal(await keeper.pass(), 1);
    const [checksumKey = '', manifestKey = '', dataKey = '', ...others] = await keys();
    assert.deepEqual(others, []);
    assert.equal(checksumKey, 'to/source/all/2025-06-03T10-20Z/manifest.checksum');
    assert.equal(manifestKey, 'to/source/all/2025-06-03T10-20Z/manifest.json');
    assert.match(dataKey, /^to\/source\/all\/data\/[0-9a-f-]{36}\.csv\.gz$/);
    const zipped = await bytesOf(dataKey);
    const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex').toUpperCase();
    assert.deepEqual(await manifestAt(manifestKey), {
      creationTimestamp: String(Math.floor(nowMs / 1000)),
      destinationBucket: 'lists',
      fileFormat: 'CSV',
      fileSchema: 'Bucket, Key, Size, StorageClass, LastModifiedDate, ETag, IsMultipartUploaded, EncryptionStatus',
      files: [{ MD5checksum: md5(zipped), key: dataKey, size: zipped.length }],
      sourceBucket: 'source',
      version: '2019-09-01',
    });
    assert.equal((await bytesOf(checksumKey)).toString(), md5(await bytesOf(manifestKey)));
    const etag = (length: number): string => md5(Buffer.alloc(length));
    assert.deepEqual(await listed(), [
      ['source', 'a%2F%C3%A4%20%22b%22.txt', '5', 'Standard', '2025-06-03T10:20:30.000Z', etag(5), 'False', 'False'],
      ['source', 'c', '7', 'Standard', '2025-06-03T10:20:31.000Z', etag(7), 'False', 'False'],
    ]);
  });

  it('is made once in each stretch of time, at once when it is new, and not while it is switched off', async () => {
    await put('a');
    await rule();
    await rule({ frequency: 'weekly' }, 'weekly');
    await rule({ frequency: 'monthly', dayOfMonth: 5 }, 'monthly');
    await rule({ frequency: 'once' }, 'once');
    await rule({ enabled: false }, 'off');
    const made: Record<string, number> = {};
    // Every six hours, from Tuesday the 3rd of June to the 5th of July.
    for (const end = nowMs + 32 * DAY_MS; nowMs < end; nowMs += 6 * HOUR_MS) await keeper.pass();
    for (const key of (await keys()).filter((key) => key.endsWith('manifest.json'))) {
      const name = key.split('/')[2] ?? '';
      made[name] = (made[name] ?? 0) + 1;
    }
    // Days 3 to 35; Sundays the 8th, 15th, 22nd and 29th; the 5th of June and of July.
    assert.deepEqual(made, { all: 33, weekly: 5, monthly: 3, once: 1 });
    assert.deepEqual(faults, []);
  });

  it('lists what its filter lets through, and nothing is written where that is nothing', async () => {
    await put('in/small', 1);
    await put('in/good', 10);
    nowMs += DAY_MS;
    await put('in/late', 10);
    await put('out/good', 10);
    const filter = { prefix: 'in/', smallest: 5, largest: 20, modifiedUntilMs: nowMs - 1 };
    await rule({ filter });
    await keeper.pass();
    assert.deepEqual(await listed(), [['source', 'in%2Fgood']]);
    const before = await keys();
    await rule({ filter: { ...filter, storageClasses: ['IA'] } }, 'none');
    assert.equal(await keeper.pass(), 0);
    assert.deepEqual(await keys(), before);
  });

  it('lists all versions and delete markers where the bucket keeps them', async () => {
    const first = await put('a');
    await buckets.setVersioning(await source(), 'Enabled');
    const second = await put('a', 4);
    const { markerId } = await objects.remove(await source(), 'a');
    await objects.setTags({ bucket: await source(), key: 'a', versionId: second.versionId }, { k: 'v' });
    await rule({ versions: 'all', fields: ['size', 'acl', 'tagCount', 'type', 'crc64'] });
    await keeper.pass();
    assert.deepEqual(await listed(), [
      ['source', 'a', String(markerId), 'True', 'True', '', '', '', '', ''],
      ['source', 'a', second.versionId, 'False', 'False', '4', 'default', '1', 'Normal', second.crc64],
      ['source', 'a', 'null', 'False', 'False', '3', 'default', '0', 'Normal', first.crc64],
    ]);
    await put('b');
    await rule({ versions: 'current' }, 'current');
    nowMs += 60_000;
    await keeper.pass();
    assert.deepEqual(await listed(), [['source', 'b']]);
  });

  it('goes on in further files when one is full, over as many pages as it takes', async () => {
    const names = Array.from({ length: 3200 }, (_, n) => `k${String(n).padStart(4, '0')}`);
    for (let at = 0; at < names.length; at += 100) await Promise.all(names.slice(at, at + 100).map((key) => put(key)));
    await rule();
    await keeper.pass();
    const files = (await keys()).filter((key) => key.endsWith('.csv.gz'));
    assert.deepEqual(files.map((key) => /(-\d)?\.csv\.gz$/.exec(key)?.[0]).toSorted(), ['-1.csv.gz', '.csv.gz']);
    assert.deepEqual(
      (await listed()).map(([, key]) => key),
      names,
    );
  });

  it('becomes visible whole, or not at all: what fails on the way leaves nothing and is made by the next pass', async () => {
    await put('a', 3);
    await rule({ target: { accountId: '1', role: 'r', bucket: 'gone', prefix: '' } });
    assert.equal(await keeper.pass(), 0);
    assert.match(faults.join(), /gone/);
    await rule();
    const identities = new Identities(clock, systemRandom());
    // The rule goes away while its list is being made.
    const parts = { records, blobs, ciphers: testCiphers(), clock, identities };
    const late = new InventoryKeeper({
      ...parts,
      records: {
        ...records,
        reads: records.reads,
        transact: (async (name: never, input: never) => {
          if (name === 'storeInventory') await settings.removeItem(await source(), 'inventory', 'all');
          return records.transact(name, input);
        }) as RecordStore['transact'],
      } as RecordStore,
      onFault: (error) => void faults.push(String(error)),
    });
    assert.equal(await late.pass(), 0);
    assert.deepEqual(await keys(), []);
    await rule();
    assert.equal(await keeper.pass(), 1);
    assert.equal((await keys()).length, 3);
    nowMs += 2 * DAY_MS;
    assert.equal(await new Collector({ records, blobs, clock }).collectOrphans(), 0);
  });

  it('is encrypted as it asks, or as the bucket of its lists does', async () => {
    await put('a');
    const target = { accountId: '1', role: 'r', bucket: 'lists', prefix: '' };
    await rule({ target: { ...target, encryption: { algorithm: 'KMS', keyId: 'k' } } });
    await keeper.pass();
    for (const key of await keys()) {
      const { traits } = await objects.get(await buckets.get('lists'), key);
      assert.deepEqual(traits.encryption, { algorithm: 'KMS', keyId: 'k' }, key);
      assert.ok(!key.startsWith('/'));
    }
    assert.deepEqual(await listed(), [['source', 'a']]);
  });
});
