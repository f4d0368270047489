import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { testCiphers } from '../../stores/contract/test-ciphers.ts';
import { openFileBlobStore } from '../../stores/files/file-blob-store.ts';
import { openSqliteStore } from '../../stores/sqlite/sqlite-record-store.ts';
import { DomainError, type DomainErrorKind } from '../errors.ts';
import { Identities } from '../identities.ts';
import type { Clock } from '../ports/clock.ts';
import type { BucketRow, ObjectRow, VersionLock } from '../ports/object-records.ts';
import { systemRandom } from '../ports/random.ts';
import type { RecordStore } from '../ports/record-store.ts';
import { SettingsService } from '../settings/settings-service.ts';
import { BucketService } from './bucket-service.ts';
import { LifecycleKeeper } from './lifecycle-keeper.ts';
import { ObjectService } from './object-service.ts';
import { DAY_MS } from './restoration.ts';
import { RetentionService } from './retention-service.ts';
import { UploadService } from './upload-service.ts';
import type { LockSetting, VersionKeeping } from './version-lock.ts';

describe('a lock of one version', () => {
  let folder = '';
  let nowMs = 0;
  let records: RecordStore;
  let objects: ObjectService;
  let uploads: UploadService;
  let buckets: BucketService;
  let settings: SettingsService;
  let retentions: RetentionService;
  let keeper: LifecycleKeeper;
  const clock: Clock = { now: () => nowMs, schedule: () => () => {} };

  beforeEach(async () => {
    nowMs = 20_000 * DAY_MS;
    folder = mkdtempSync(join(tmpdir(), 'millrace-locks-'));
    records = await openSqliteStore({ folder: join(folder, 'records') });
    const blobs = await openFileBlobStore({ folder: join(folder, 'blobs') });
    const identities = new Identities(clock, systemRandom());
    const parts = { records, blobs, ciphers: testCiphers(), clock, identities };
    objects = new ObjectService(parts);
    uploads = new UploadService(parts);
    buckets = new BucketService(parts);
    settings = new SettingsService(parts);
    retentions = new RetentionService(parts);
    keeper = new LifecycleKeeper({ ...parts });
    await buckets.create({ name: 'bucket', ownerId: '1' });
    await buckets.setVersioning(await bucket(), 'Enabled');
  });
  afterEach(async () => {
    await records.close();
    rmSync(folder, { recursive: true });
  });

  const bucket = (): Promise<BucketRow> => buckets.get('bucket');
  async function* body(text: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  }
  const put = async (key: string, keeping?: VersionKeeping): Promise<ObjectRow> =>
    objects.put({ bucket: await bucket(), key, body: { bytes: body('x'), length: 1 }, keeping });
  const remove = async (key: string, versionId?: string, bypass = false) =>
    objects.remove(await bucket(), key, versionId, bypass);
  const enable = async (setting: LockSetting = {}) => retentions.enableLocks(await bucket(), setting);
  const lock = async (key: string, versionId: string, next: VersionLock, bypass = false) =>
    retentions.lockVersion({ bucket: await bucket(), key, versionId }, next, bypass);
  const days = (count: number, mode: VersionLock['mode'] = 'firm'): VersionLock => ({
    mode,
    untilMs: nowMs + count * DAY_MS,
  });
  const refused = (work: Promise<unknown>, kind: DomainErrorKind): Promise<void> =>
    assert.rejects(work, (error) => error instanceof DomainError && error.kind === kind);
  const lockOf = async (key: string): Promise<VersionLock | undefined> =>
    (await records.reads.objects.get((await bucket()).id, key))?.traits.lock;

  it('keeps that version until its time and no other, however it would be removed', async () => {
    await enable();
    const { versionId } = await put('a');
    await lock('a', versionId, days(10));
    await refused(remove('a', versionId), 'VersionLocked');
    await refused(remove('a', versionId, true), 'VersionLocked');
    const second = await put('a');
    assert.ok((await remove('a')).markerId);
    await remove('a', second.versionId);
    await refused(remove('a', versionId), 'VersionLocked');
    nowMs += 10 * DAY_MS - 1;
    await refused(remove('a', versionId), 'VersionLocked');
    nowMs += 1;
    await remove('a', versionId);
  });

  it('may only become stronger while it is firm, and is passed by who is allowed to while it is loose', async () => {
    await enable();
    const { versionId } = await put('a');
    await lock('a', versionId, days(10, 'loose'));
    await refused(lock('a', versionId, days(9, 'loose')), 'VersionLocked');
    await lock('a', versionId, days(9, 'loose'), true);
    await lock('a', versionId, days(11, 'loose'));
    await lock('a', versionId, days(11, 'firm'));
    await refused(lock('a', versionId, days(11, 'loose'), true), 'VersionLocked');
    await refused(lock('a', versionId, days(10), true), 'VersionLocked');
    await lock('a', versionId, days(12));
    const loose = await put('b', { lock: days(1, 'loose') });
    await refused(remove('b', loose.versionId), 'VersionLocked');
    await remove('b', loose.versionId, true);
    for (const wrong of [days(0), days(-1), days(25_551)])
      await refused(lock('a', versionId, wrong), 'InvalidArgument');
  });

  it('ends when it said that it would, never sooner: in whole seconds', async () => {
    await enable();
    const { versionId } = await put('a');
    await lock('a', versionId, { mode: 'firm', untilMs: nowMs + 1_001 });
    assert.equal((await lockOf('a'))?.untilMs, nowMs + 2_000);
  });

  it('is put on new versions by their bucket, unless they bring one, however they come to be', async () => {
    await put('before');
    await enable({ standard: { mode: 'firm', days: 5 } });
    assert.equal(await lockOf('before'), undefined);
    await put('a');
    assert.deepEqual(await lockOf('a'), days(5));
    await put('b', { lock: days(1, 'loose') });
    assert.deepEqual(await lockOf('b'), days(1, 'loose'));
    const source = { bucket: await bucket(), key: 'b', conditions: {} };
    await objects.copy({ source, bucket: await bucket(), key: 'c' });
    assert.deepEqual(await lockOf('c'), days(5));
    const upload = await uploads.initiate({ bucket: await bucket(), key: 'd', keeping: { held: true } });
    await uploads.complete({ bucket: await bucket(), key: 'd', uploadId: upload.id, parts: 'all' });
    const whole = await objects.get(await bucket(), 'd');
    assert.deepEqual([whole.traits.lock, whole.traits.held], [days(5), true]);
    await enable({ standard: { mode: 'loose', years: 1 } });
    await put('e');
    assert.deepEqual(await lockOf('e'), days(365, 'loose'));
  });

  it('stands beside a hold, which keeps a version until it is taken off', async () => {
    await enable();
    const { versionId } = await put('a', { held: true });
    nowMs += 1000 * DAY_MS;
    await refused(remove('a', versionId, true), 'VersionLocked');
    await retentions.hold({ bucket: await bucket(), key: 'a', versionId }, false);
    await lock('a', versionId, days(1));
    await refused(remove('a', versionId), 'VersionLocked');
    nowMs += DAY_MS;
    await remove('a', versionId);
  });

  it('takes a bucket that keeps versions, and rules out all that would undo it', async () => {
    await refused(put('a', { lock: days(1) }), 'LocksOff');
    await refused(put('a', { held: true }), 'LocksOff');
    const { versionId } = await put('a');
    await refused(lock('a', versionId, days(1)), 'LocksOff');
    await retentions.initiate(await bucket(), 1);
    await refused(enable(), 'LocksExcluded');
    await retentions.abort(await bucket());
    await enable();
    await refused(retentions.initiate(await bucket(), 1), 'RetentionExcluded');
    await refused(buckets.setVersioning(await bucket(), 'Suspended'), 'RetentionExcluded');
    const appended = { bucket: await bucket(), key: 'log', position: 0, body: { bytes: body('x'), length: 1 } };
    await refused(objects.append(appended), 'LocksExcludeAppend');
    await buckets.create({ name: 'plain', ownerId: '1' });
    await refused(retentions.enableLocks(await buckets.get('plain'), {}), 'LocksExcluded');
    for (const wrong of [{ days: 0 }, { days: 25_551 }, { years: 71 }]) {
      await refused(enable({ standard: { mode: 'firm', ...wrong } }), 'InvalidArgument');
    }
  });

  it('is stronger than rules of the bucket', async () => {
    await enable();
    const { versionId } = await put('a', { lock: days(10) });
    const { versionId: free } = await put('a');
    await put('a');
    const rule = { id: 'r', enabled: true, prefix: '', tags: [], transitions: [], olderTransitions: [] };
    await settings.set(await bucket(), 'lifecycle', { rules: [{ ...rule, olderExpiration: { days: 1 } }] });
    nowMs += 5 * DAY_MS;
    assert.equal(await keeper.pass(), 1);
    const { id } = await bucket();
    assert.ok(await records.reads.versions.get(id, 'a', versionId));
    assert.equal(await records.reads.versions.get(id, 'a', free), undefined);
    nowMs += 5 * DAY_MS;
    assert.equal(await keeper.pass(), 1);
    assert.equal(await records.reads.versions.get(id, 'a', versionId), undefined);
  });
});
