import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openSqliteStore } from '../../stores/sqlite/sqlite-record-store.ts';
import { isDomainError } from '../errors.ts';
import { BucketService } from '../objects/bucket-service.ts';
import type { Clock } from '../ports/clock.ts';
import type { BucketRow } from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import { SettingsService } from './settings-service.ts';

describe('settings of buckets over SQLite', () => {
  let folder = '';
  let nowMs = 1000;
  let records: RecordStore;
  let buckets: BucketService;
  let settings: SettingsService;
  let bucket: BucketRow;
  const clock: Clock = { now: () => nowMs, schedule: () => () => {} };
  const style = (name: string) =>
    ({ kind: 'style', name, value: { content: 'image/info', category: 'image' } }) as const;
  const cname = { kind: 'cname', name: 'img.example.com', value: { bucket: 'b' } } as const;

  beforeEach(async () => {
    nowMs = 1000;
    folder = mkdtempSync(join(tmpdir(), 'millrace-settings-'));
    records = await openSqliteStore({ folder });
    buckets = new BucketService({ records, clock });
    settings = new SettingsService({ records, clock });
    bucket = await buckets.create({ name: 'bucket', ownerId: '1' });
  });
  afterEach(async () => {
    await records.close();
    rmSync(folder, { recursive: true });
  });

  it('are set, replaced and unset, each by itself', async () => {
    assert.equal(await settings.get(bucket, 'requestPayment'), undefined);
    await settings.set(bucket, 'requestPayment', { payer: 'Requester' });
    await settings.set(bucket, 'accessMonitor', { enabled: true });
    await settings.set(bucket, 'requestPayment', { payer: 'BucketOwner' });
    assert.deepEqual(await settings.of(bucket), {
      requestPayment: { payer: 'BucketOwner' },
      accessMonitor: { enabled: true },
    });
    await settings.unset(bucket, 'requestPayment');
    assert.equal(await settings.get(bucket, 'requestPayment'), undefined);
  });

  it('go with their bucket, and a later bucket of its name does not inherit them', async () => {
    await settings.set(bucket, 'requestPayment', { payer: 'Requester' });
    await settings.putItem(bucket, cname, { limit: 100, unique: true });
    await buckets.remove(bucket);
    const gone = settings.set(bucket, 'requestPayment', { payer: 'Requester' });
    await assert.rejects(gone, (error) => isDomainError(error, 'BucketMissing'));
    const again = await buckets.create({ name: 'bucket', ownerId: '1' });
    assert.deepEqual(await settings.of(again), {});
    assert.deepEqual(await records.reads.items.named('cname', 'img.example.com'), []);
  });

  it('named things keep when they were made, and are as many as they may be', async () => {
    await settings.putItem(bucket, style('a'), { limit: 2 });
    nowMs = 2000;
    await settings.putItem(bucket, style('b'), { limit: 2 });
    await settings.putItem(bucket, style('a'), { limit: 2 });
    const made = await settings.item(bucket, 'style', 'a');
    assert.deepEqual([made?.createdMs, made?.modifiedMs], [1000, 2000]);
    await assert.rejects(settings.putItem(bucket, style('c'), { limit: 2 }), (error) =>
      isDomainError(error, 'TooManyItems'),
    );
    assert.deepEqual(
      (await settings.items(bucket, 'style', { after: 'a', limit: 10 })).map(({ name }) => name),
      ['b'],
    );
    assert.equal(await settings.removeItem(bucket, 'style', 'a'), true);
    assert.equal(await settings.removeItem(bucket, 'style', 'a'), false);
  });

  it('a unique name belongs to one bucket, whoever asks at the same time', async () => {
    const other = await buckets.create({ name: 'other', ownerId: '1' });
    const asked = await Promise.allSettled([
      settings.putItem(bucket, cname, { limit: 100, unique: true }),
      settings.putItem(other, cname, { limit: 100, unique: true }),
      settings.putItem(bucket, cname, { limit: 100, unique: true }),
    ]);
    assert.deepEqual(
      asked.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.ok(asked[1]?.status === 'rejected' && isDomainError(asked[1].reason, 'ItemTaken'));
  });
});
