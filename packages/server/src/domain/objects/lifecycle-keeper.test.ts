import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { testCiphers } from '../../stores/contract/test-ciphers.ts';
import { openFileBlobStore } from '../../stores/files/file-blob-store.ts';
import { openSqliteStore } from '../../stores/sqlite/sqlite-record-store.ts';
import { Identities } from '../identities.ts';
import type { Clock } from '../ports/clock.ts';
import type { BucketRow, Versioning } from '../ports/object-records.ts';
import { systemRandom } from '../ports/random.ts';
import type { RecordStore } from '../ports/record-store.ts';
import { SettingsService } from '../settings/settings-service.ts';
import { AccessTimes } from './access-times.ts';
import { BucketService } from './bucket-service.ts';
import type { LifecycleRule } from './lifecycle.ts';
import { LifecycleKeeper } from './lifecycle-keeper.ts';
import { ObjectService } from './object-service.ts';
import { DAY_MS } from './restoration.ts';
import { UploadService } from './upload-service.ts';

describe('lifecycle rules, as the clock moves', () => {
  let folder = '';
  let nowMs = 0;
  let records: RecordStore;
  let objects: ObjectService;
  let uploads: UploadService;
  let settings: SettingsService;
  let buckets: BucketService;
  let keeper: LifecycleKeeper;
  let bucket: BucketRow;
  const clock: Clock = { now: () => nowMs, schedule: () => () => {} };

  beforeEach(async () => {
    // Ten in the morning: a day that ends at midnight is longer than 24 hours.
    nowMs = 20_000 * DAY_MS + 10 * 3_600_000;
    folder = mkdtempSync(join(tmpdir(), 'millrace-lifecycle-'));
    records = await openSqliteStore({ folder: join(folder, 'records') });
    const blobs = await openFileBlobStore({ folder: join(folder, 'blobs') });
    const identities = new Identities(clock, systemRandom());
    objects = new ObjectService({ records, blobs, ciphers: testCiphers(), clock, identities });
    uploads = new UploadService({ records, blobs, ciphers: testCiphers(), clock, identities });
    settings = new SettingsService({ records, clock });
    buckets = new BucketService({ records, clock });
    keeper = new LifecycleKeeper({ records, clock, identities });
    bucket = await buckets.create({ name: 'bucket', ownerId: '1' });
  });
  afterEach(async () => {
    await records.close();
    rmSync(folder, { recursive: true });
  });

  const put = (key: string, size = 1, tags: Record<string, string> = {}) =>
    objects.put({ bucket, key, body: { bytes: body(size), length: size }, tags });
  async function* body(size: number): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(size);
  }
  const rules = (...given: Partial<LifecycleRule>[]) =>
    settings.set(bucket, 'lifecycle', {
      rules: given.map((rule, index) => ({
        id: `rule-${index}`,
        enabled: true,
        prefix: '',
        tags: [],
        transitions: [],
        olderTransitions: [],
        ...rule,
      })),
    });
  const keys = async (): Promise<string> => {
    const page = await objects.list(bucket, { prefix: '', delimiter: '', after: '', limit: 1000 });
    return page.entries.map((entry) => ('object' in entry ? entry.object.key : entry.prefix)).join(' ');
  };
  const versions = async (): Promise<string[]> => {
    const query = { prefix: '', delimiter: '', afterKey: '', afterVersion: '', limit: 1000, bucketId: bucket.id };
    const page = await records.reads.versions.page(query);
    return page.entries.map((entry) => ('version' in entry ? `${entry.version.key}:${entry.version.type}` : ''));
  };
  const keepVersions = async (versioning: Exclude<Versioning, 'Unversioned'>): Promise<void> => {
    await buckets.setVersioning(bucket, versioning);
    bucket = await buckets.get(bucket.name);
  };

  it('objects expire at the first midnight after their days, by prefix, tag and size, and no others', async () => {
    await put('log/a');
    await put('log/keep/b');
    await put('log/big', 100);
    await put('log/tagged', 1, { keep: 'no' });
    await put('other');
    const not = [{ prefix: 'log/keep/' }];
    await rules({ prefix: 'log/', expiration: { days: 1 }, filter: { smallerThan: 50, not } });
    assert.equal(await keeper.pass(), 0);
    nowMs += DAY_MS;
    assert.equal(await keeper.pass(), 0);
    nowMs += 14 * 3_600_000;
    assert.equal(await keeper.pass(), 2);
    assert.equal(await keys(), 'log/big log/keep/b other');
    await rules({ expiration: { days: 1 }, tags: [{ key: 'keep', value: 'no' }] });
    await put('x', 1, { keep: 'no' });
    nowMs += 3 * DAY_MS;
    assert.equal(await keeper.pass(), 1);
    await rules({ expiration: { days: 1 }, enabled: false });
    assert.equal(await keeper.pass(), 0);
  });

  it('dates act on what was made before, or from that day on', async () => {
    await put('old');
    const cut = Math.ceil(nowMs / DAY_MS) * DAY_MS;
    nowMs = cut + 1;
    await put('young');
    await rules({ expiration: { madeBeforeMs: cut } });
    assert.equal(await keeper.pass(), 1);
    assert.equal(await keys(), 'young');
    await rules({ expiration: { onMs: cut + DAY_MS } });
    assert.equal(await keeper.pass(), 0);
    nowMs += DAY_MS;
    assert.equal(await keeper.pass(), 1);
  });

  it('what is read stays warm, and what is read late returns, where a rule says so', async () => {
    const accessTimes = new AccessTimes({ records, clock });
    const read = async (key: string): Promise<void> => {
      accessTimes.note(await objects.get(bucket, key));
      await accessTimes.flush();
    };
    const classes = async (): Promise<string> => {
      const found = await Promise.all(['read', 'unread', 'small'].map((key) => objects.get(bucket, key)));
      return found.map(({ storageClass }) => storageClass).join(' ');
    };
    await put('read', 70_000);
    await put('unread', 70_000);
    await put('small', 60_000);
    await read('read');
    assert.equal(
      (await objects.get(bucket, 'read')).traits.accessedMs,
      undefined,
      'noted in a bucket that does not care',
    );
    await settings.set(bucket, 'accessMonitor', { enabled: true, sinceMs: nowMs });
    const age = { days: 10 };
    const access = { returnOnVisit: true, smallToo: false };
    await rules({ accessBaseMs: nowMs, transitions: [{ age, storageClass: 'IA', access }] });
    nowMs += 5 * DAY_MS;
    await read('read');
    const first = nowMs;
    nowMs += DAY_MS / 2;
    await read('read');
    assert.equal((await objects.get(bucket, 'read')).traits.accessedMs, first, 'the first in 24 hours counts');
    assert.equal(await keeper.pass(), 0);
    nowMs += 6 * DAY_MS;
    assert.equal(await keeper.pass(), 1);
    assert.equal(await classes(), 'Standard IA Standard');
    await read('unread');
    assert.equal(await classes(), 'Standard Standard Standard');
    // Counted from that visit.
    nowMs += 5 * DAY_MS;
    assert.equal(await keeper.pass(), 1);
    assert.equal(await classes(), 'IA Standard Standard');
    // What is written again has not been read yet.
    await put('unread', 70_000);
    assert.equal((await objects.get(bucket, 'unread')).traits.accessedMs, undefined);
  });

  it('objects count from when their bucket began to take notice of reads', async () => {
    await put('a', 70_000);
    nowMs += 100 * DAY_MS;
    await rules({ accessBaseMs: nowMs, transitions: [{ age: { days: 10 }, storageClass: 'IA', access: {} }] });
    nowMs += 9 * DAY_MS;
    assert.equal(await keeper.pass(), 0);
    nowMs += 2 * DAY_MS;
    assert.equal(await keeper.pass(), 1);
  });

  it('objects grow cold step by step, and expire last', async () => {
    await put('a');
    await rules({
      transitions: [
        { age: { days: 1 }, storageClass: 'IA' },
        { age: { days: 3 }, storageClass: 'Archive' },
      ],
      expiration: { days: 5 },
    });
    const made = (await objects.get(bucket, 'a')).lastModifiedMs;
    for (const [days, expected] of [
      [2, 'IA'],
      [4, 'Archive'],
    ] as const) {
      nowMs = made + days * DAY_MS;
      assert.equal(await keeper.pass(), 1);
      assert.equal(await keeper.pass(), 0);
      const { storageClass, lastModifiedMs } = await objects.get(bucket, 'a');
      assert.deepEqual([storageClass, lastModifiedMs], [expected, made]);
    }
    nowMs = made + 6 * DAY_MS;
    await keeper.pass();
    assert.equal(await keys(), '');
  });

  it('where versions are kept, expiring hides, older versions go by the day they became so, lonely markers last', async () => {
    await keepVersions('Enabled');
    await put('a');
    nowMs += 2 * DAY_MS;
    await put('a');
    await rules({ expiration: { days: 5 }, olderExpiration: { days: 3 } }, { expiration: { lonelyMarkers: true } });
    nowMs += 2 * DAY_MS;
    assert.equal(await keeper.pass(), 0);
    nowMs += 2 * DAY_MS;
    assert.equal(await keeper.pass(), 1);
    assert.deepEqual(await versions(), ['a:Normal']);
    nowMs += 2 * DAY_MS;
    assert.equal(await keeper.pass(), 1);
    assert.deepEqual(await versions(), ['a:DeleteMarker', 'a:Normal']);
    nowMs += 4 * DAY_MS;
    assert.equal(await keeper.pass(), 2);
    assert.deepEqual(await versions(), []);
  });

  it('uploads that were never finished are aborted', async () => {
    const upload = await uploads.initiate({ bucket, key: 'tmp/a' });
    await rules({ prefix: 'tmp/', abortUploads: { days: 2 } });
    assert.equal(await keeper.pass(), 0);
    nowMs += 3 * DAY_MS;
    assert.equal(await keeper.pass(), 1);
    assert.equal(await records.reads.uploads.get(upload.id), undefined);
  });

  it('an object written again since it was looked at stays', async () => {
    await put('a');
    await rules({ expiration: { days: 1 } });
    nowMs += 3 * DAY_MS;
    const { versionId } = await objects.get(bucket, 'a');
    await put('a');
    const candidates = [{ key: 'a', versionId, markerId: 'm' }];
    const input = { bucketId: bucket.id, candidates, uploads: [], nowMs };
    assert.equal(await records.transact('applyLifecycle', input), 0);
    assert.equal(await keys(), 'a');
    await settings.unset(bucket, 'lifecycle');
    nowMs += 9 * DAY_MS;
    assert.equal(await records.transact('applyLifecycle', { ...input, nowMs }), 0);
  });

  it('more than a page of versions is passed, and a pass that is told to end ends', async () => {
    await keepVersions('Enabled');
    for (let round = 0; round < 3; round++) await Promise.all(Array.from({ length: 150 }, (_, n) => put(`k${n}`)));
    await rules({ olderExpiration: { days: 1 } });
    nowMs += 3 * DAY_MS;
    const stop = new AbortController();
    stop.abort();
    assert.equal(await keeper.pass(stop.signal), 0);
    assert.equal(await keeper.pass(), 300);
    assert.equal((await versions()).length, 150);
  });
});
