import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { testCiphers } from '../../stores/contract/test-ciphers.ts';
import { openFileBlobStore } from '../../stores/files/file-blob-store.ts';
import { openSqliteStore } from '../../stores/sqlite/sqlite-record-store.ts';
import { DomainError } from '../errors.ts';
import { Identities } from '../identities.ts';
import type { Clock } from '../ports/clock.ts';
import type { BucketRow, ObjectRow } from '../ports/object-records.ts';
import { systemRandom } from '../ports/random.ts';
import type { RecordStore } from '../ports/record-store.ts';
import { SettingsService } from '../settings/settings-service.ts';
import { BucketService } from './bucket-service.ts';
import type { LifecycleRule } from './lifecycle.ts';
import { LifecycleKeeper } from './lifecycle-keeper.ts';
import { ObjectService } from './object-service.ts';
import { DAY_MS } from './restoration.ts';
import { RetentionService } from './retention-service.ts';
import { UploadService } from './upload-service.ts';

describe('a retention', () => {
  let folder = '';
  let nowMs = 0;
  let records: RecordStore;
  let objects: ObjectService;
  let uploads: UploadService;
  let settings: SettingsService;
  let buckets: BucketService;
  let retentions: RetentionService;
  let keeper: LifecycleKeeper;
  const clock: Clock = { now: () => nowMs, schedule: () => () => {} };

  beforeEach(async () => {
    nowMs = 20_000 * DAY_MS;
    folder = mkdtempSync(join(tmpdir(), 'millrace-retention-'));
    records = await openSqliteStore({ folder: join(folder, 'records') });
    const blobs = await openFileBlobStore({ folder: join(folder, 'blobs') });
    const identities = new Identities(clock, systemRandom());
    objects = new ObjectService({ records, blobs, ciphers: testCiphers(), clock, identities });
    uploads = new UploadService({ records, blobs, ciphers: testCiphers(), clock, identities });
    settings = new SettingsService({ records, clock });
    buckets = new BucketService({ records, clock });
    retentions = new RetentionService({ records, clock, identities });
    keeper = new LifecycleKeeper({ records, clock, identities });
    await buckets.create({ name: 'bucket', ownerId: '1' });
  });
  afterEach(async () => {
    await records.close();
    rmSync(folder, { recursive: true });
  });

  const bucket = (): Promise<BucketRow> => buckets.get('bucket');
  async function* body(text: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  }
  const put = async (key: string, text = 'x'): Promise<ObjectRow> =>
    objects.put({ bucket: await bucket(), key, body: { bytes: body(text), length: text.length } });
  const append = async (key: string, position: number): Promise<ObjectRow> =>
    objects.append({ bucket: await bucket(), key, position, body: { bytes: body('x'), length: 1 } });
  const remove = async (key: string, versionId?: string) => objects.removeMany(await bucket(), [{ key, versionId }]);
  const lock = async (days: number): Promise<string> => {
    const id = await retentions.initiate(await bucket(), days);
    await retentions.lock(await bucket(), id);
    return id;
  };
  const refused = (work: Promise<unknown>, kind: string): Promise<void> =>
    assert.rejects(work, (error) => error instanceof DomainError && error.kind === kind);
  const exists = async (key: string): Promise<boolean> =>
    (await records.reads.objects.get((await bucket()).id, key)) !== undefined;
  const rules = async (...given: Partial<LifecycleRule>[]): Promise<void> =>
    settings.set(await bucket(), 'lifecycle', {
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

  it('keeps objects from being replaced or removed, in whatever way, until their days are over', async () => {
    await put('old');
    await append('log', 0);
    await lock(10);
    nowMs += 5 * DAY_MS;
    await put('new');
    const source = { bucket: await bucket(), key: 'new', conditions: {} };
    const upload = await uploads.initiate({ bucket: await bucket(), key: 'old' });
    const replacements = [
      () => put('old'),
      () => remove('old'),
      () => remove('old', 'null'),
      () => append('log', 1),
      async () => objects.putLink({ bucket: await bucket(), key: 'old', target: 'new' }),
      async () => objects.copy({ source, bucket: await bucket(), key: 'old' }),
      async () => objects.copy({ source: { ...source, key: 'old' }, bucket: await bucket(), key: 'old' }),
      async () => uploads.complete({ bucket: await bucket(), key: 'old', uploadId: upload.id, parts: 'all' }),
    ];
    for (const replace of replacements) await refused(replace(), 'ObjectRetained');
    assert.equal((await records.reads.objects.get(source.bucket.id, 'old'))?.lastModifiedMs, nowMs - 5 * DAY_MS);
    nowMs += 5 * DAY_MS - 1;
    await refused(put('old'), 'ObjectRetained');
    nowMs += 1;
    await put('old');
    await append('log', 1);
    await refused(remove('new'), 'ObjectRetained');
    await refused(remove('log'), 'ObjectRetained');
    nowMs += 10 * DAY_MS;
    for (const key of ['old', 'new', 'log']) await remove(key);
  });

  it('lets go of none of many that are removed together when it keeps one', async () => {
    await put('free');
    await lock(1);
    nowMs += DAY_MS;
    await put('kept');
    await refused(objects.removeMany(await bucket(), [{ key: 'free' }, { key: 'kept' }]), 'ObjectRetained');
    assert.deepEqual([await exists('free'), await exists('kept')], [true, true]);
  });

  it('allows what leaves the bytes alone', async () => {
    await put('a');
    await append('log', 0);
    await lock(10);
    await objects.setAcl({ bucket: await bucket(), key: 'a' }, 'public-read');
    await objects.seal(await bucket(), 'log', 1);
  });

  it('acts while it is not locked, and ends by itself after a day', async () => {
    await put('a');
    const id = await retentions.initiate(await bucket(), 10);
    await refused(put('a'), 'ObjectRetained');
    await refused(retentions.initiate(await bucket(), 20), 'RetentionExists');
    nowMs += DAY_MS;
    assert.equal(retentions.of(await bucket()), undefined);
    await put('a');
    await refused(retentions.lock(await bucket(), id), 'RetentionMissing');
    await refused(retentions.abort(await bucket()), 'RetentionMissing');
    const next = await retentions.initiate(await bucket(), 20);
    assert.deepEqual(retentions.of(await bucket()), { id: next, days: 20, createdMs: nowMs, locked: false });
  });

  it('can be taken back until it is locked, and then only be extended', async () => {
    await put('a');
    await retentions.initiate(await bucket(), 10);
    await retentions.abort(await bucket());
    await put('a');
    const id = await retentions.initiate(await bucket(), 10);
    await refused(retentions.extend(await bucket(), id, 11), 'RetentionInvalid');
    await refused(retentions.lock(await bucket(), 'other'), 'RetentionMissing');
    await retentions.lock(await bucket(), id);
    await refused(retentions.abort(await bucket()), 'RetentionLocked');
    await refused(retentions.lock(await bucket(), id), 'RetentionLocked');
    await refused(retentions.extend(await bucket(), 'other', 11), 'RetentionMissing');
    for (const days of [9, 10, 25_551]) {
      await refused(retentions.extend(await bucket(), id, days), 'RetentionInvalid');
    }
    await retentions.extend(await bucket(), id, 25_550);
    nowMs += 11 * DAY_MS;
    await refused(put('a'), 'ObjectRetained');
  });

  it('has 1 to 25550 days', async () => {
    for (const days of [-1, 0, 25_551]) await refused(retentions.initiate(await bucket(), days), 'RetentionInvalid');
    await retentions.initiate(await bucket(), 1);
  });

  it('goes with its bucket, which can go when it is empty', async () => {
    await put('a');
    await lock(1);
    await refused(buckets.remove(await bucket()), 'BucketNotEmpty');
    nowMs += DAY_MS;
    await remove('a');
    await buckets.remove(await bucket());
    await buckets.create({ name: 'bucket', ownerId: '1' });
    assert.equal(retentions.of(await bucket()), undefined);
  });

  it('is stronger than rules, which may move objects all the same', async () => {
    await put('a');
    await put('cold/b');
    await lock(10);
    await rules(
      { prefix: 'a', expiration: { days: 1 } },
      { prefix: 'cold/', transitions: [{ age: { days: 1 }, storageClass: 'IA' }] },
    );
    nowMs += 5 * DAY_MS;
    assert.equal(await keeper.pass(), 1);
    assert.equal((await records.reads.objects.get((await bucket()).id, 'cold/b'))?.storageClass, 'IA');
    const candidates = [{ key: 'a', versionId: 'null', markerId: 'm' }];
    const input = { bucketId: (await bucket()).id, candidates, uploads: [], nowMs };
    assert.equal(await records.transact('applyLifecycle', input), 0);
    assert.ok(await exists('a'));
    nowMs += 5 * DAY_MS;
    assert.equal(await keeper.pass(), 1);
    assert.equal(await exists('a'), false);
  });

  it('keeps every version where versions are kept: writes and deletions only hide them', async () => {
    await buckets.setVersioning(await bucket(), 'Enabled');
    const { versionId } = await put('a');
    await lock(10);
    nowMs += 5 * DAY_MS;
    const second = await put('a');
    const [deletion] = await remove('a');
    assert.ok(deletion?.markerId !== undefined);
    await remove('a', deletion.markerId);
    await rules({ expiration: { days: 1 }, olderExpiration: { days: 1 } });
    nowMs += 2 * DAY_MS;
    assert.equal(await keeper.pass(), 1);
    await refused(remove('a', versionId), 'ObjectRetained');
    await refused(remove('a', second.versionId), 'ObjectRetained');
    nowMs += 3 * DAY_MS;
    await remove('a', versionId);
    await refused(remove('a', second.versionId), 'ObjectRetained');
  });

  it('and suspended versioning exclude each other', async () => {
    await lock(1);
    await buckets.setVersioning(await bucket(), 'Enabled');
    await refused(buckets.setVersioning(await bucket(), 'Suspended'), 'RetentionExcluded');
    await buckets.create({ name: 'suspended', ownerId: '1' });
    const suspended = await buckets.get('suspended');
    await buckets.setVersioning(suspended, 'Suspended');
    await refused(retentions.initiate(suspended, 1), 'RetentionExcluded');
  });
});
