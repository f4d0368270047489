import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openSqliteStore } from '../../stores/sqlite/sqlite-record-store.ts';
import { isDomainError } from '../errors.ts';
import { Identities } from '../identities.ts';
import { BucketService } from '../objects/bucket-service.ts';
import type { Clock } from '../ports/clock.ts';
import type { BucketRow } from '../ports/object-records.ts';
import { systemRandom } from '../ports/random.ts';
import type { RecordStore } from '../ports/record-store.ts';
import { DomainService } from './domain-service.ts';
import { SettingsService } from './settings-service.ts';

const HOUR = 3_600_000;

describe('domain names that lead to buckets', () => {
  let folder = '';
  let nowMs = 0;
  let records: RecordStore;
  let domains: DomainService;
  let bucket: BucketRow;
  let other: BucketRow;
  /** What the world's DNS says, by name. */
  let dns: Record<string, string[]> = {};
  const clock: Clock = { now: () => nowMs, schedule: () => () => {} };

  beforeEach(async () => {
    nowMs = 1_000_000;
    dns = {};
    folder = mkdtempSync(join(tmpdir(), 'millrace-domains-'));
    records = await openSqliteStore({ folder });
    const buckets = new BucketService({ records, clock });
    domains = new DomainService({
      settings: new SettingsService({ records, clock }),
      records,
      names: { texts: async (name) => dns[name] ?? [] },
      clock,
      identities: new Identities(clock, systemRandom()),
    });
    bucket = await buckets.create({ name: 'bucket', ownerId: '1' });
    other = await buckets.create({ name: 'other', ownerId: '1' });
  });
  afterEach(async () => {
    await records.close();
    rmSync(folder, { recursive: true });
  });

  const bound = async (to: BucketRow, name: string): Promise<boolean> => {
    try {
      await domains.bind(to, name);
      return true;
    } catch (error) {
      if (isDomainError(error, 'DomainUnproven')) return false;
      throw error;
    }
  };

  it('are bound by whoever has put the token of that bucket into the DNS', async () => {
    assert.equal(await bound(bucket, 'img.example.com'), false);
    const { token } = await domains.createToken(bucket, 'IMG.example.com');
    assert.equal(await bound(bucket, 'img.example.com'), false);
    dns['_dnsauth.img.example.com'] = ['something else', token];
    assert.equal(await bound(other, 'img.example.com'), false);
    assert.equal(await bound(bucket, 'Img.Example.com'), true);
    assert.equal(await domains.bucketOf('img.example.com'), 'bucket');
    assert.equal(await domains.token(bucket, 'img.example.com'), undefined);
  });

  it('need no second proof on the same bucket, and lead to no other', async () => {
    const { token } = await domains.createToken(bucket, 'img.example.com');
    dns['_dnsauth.img.example.com'] = [token];
    await domains.bind(bucket, 'img.example.com');
    dns = {};
    assert.equal(await bound(bucket, 'img.example.com'), true);
    const { token: second } = await domains.createToken(other, 'img.example.com');
    dns['_dnsauth.img.example.com'] = [second];
    await assert.rejects(domains.bind(other, 'img.example.com'), (error) => isDomainError(error, 'ItemTaken'));
    await domains.unbind(bucket, 'IMG.EXAMPLE.COM');
    assert.equal(await domains.bucketOf('img.example.com'), undefined);
    assert.equal(await bound(other, 'img.example.com'), true);
  });

  it('have a token that is given out again until it has expired', async () => {
    const first = await domains.createToken(bucket, 'img.example.com');
    nowMs += 71 * HOUR;
    assert.deepEqual(await domains.createToken(bucket, 'img.example.com'), first);
    nowMs += HOUR;
    dns['_dnsauth.img.example.com'] = [first.token];
    assert.equal(await bound(bucket, 'img.example.com'), false);
    assert.notEqual((await domains.createToken(bucket, 'img.example.com')).token, first.token);
  });

  it('are names, and neither addresses nor patterns', async () => {
    for (const wrong of ['', 'a', 'localhost', '10.0.0.1', '[::1]', '*.a.com', 'a..com', 'a.com:80', 'http://a.com']) {
      const refused = domains.createToken(bucket, wrong);
      await assert.rejects(refused, (error) => isDomainError(error, 'InvalidArgument'), wrong);
    }
  });
});
