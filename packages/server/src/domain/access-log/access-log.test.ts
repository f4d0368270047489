import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { testCiphers } from '../../stores/contract/test-ciphers.ts';
import { openFileBlobStore } from '../../stores/files/file-blob-store.ts';
import { openFileLogSpool } from '../../stores/files/file-log-spool.ts';
import { openSqliteStore } from '../../stores/sqlite/sqlite-record-store.ts';
import { DomainError } from '../errors.ts';
import { Identities } from '../identities.ts';
import { BucketService } from '../objects/bucket-service.ts';
import { ObjectService } from '../objects/object-service.ts';
import type { LogSpool } from '../ports/log-spool.ts';
import type { BucketRow } from '../ports/object-records.ts';
import { systemRandom } from '../ports/random.ts';
import type { RecordStore } from '../ports/record-store.ts';
import { AccessLog } from './access-log.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;

describe('the logs of requests', () => {
  let folder = '';
  let nowMs = 0;
  let due: { atMs: number; callback: () => void }[] = [];
  let records: RecordStore;
  let objects: ObjectService;
  let buckets: BucketService;
  let spool: LogSpool;
  let source: BucketRow;
  let target: BucketRow;
  let log: AccessLog;
  let faults: unknown[] = [];
  /** What the store says to the next objects, instead of taking them. */
  let refusals: Error[] = [];
  const clock = {
    now: () => nowMs,
    schedule(delayMs: number, callback: () => void) {
      const entry = { atMs: nowMs + delayMs, callback };
      due.push(entry);
      return () => {
        due = due.filter((other) => other !== entry);
      };
    },
  };

  const makeLog = (over: Partial<LogSpool> = {}): AccessLog => {
    const identities = new Identities(clock, systemRandom());
    const put: ObjectService['put'] = (request) => {
      const refusal = refusals.shift();
      return refusal ? Promise.reject(refusal) : objects.put(request);
    };
    return new AccessLog({
      records,
      objects: { put } as ObjectService,
      spool: { ...spool, ...over },
      clock,
      identities,
      intervalMs: HOUR,
      onFault: (error) => void faults.push(error),
    });
  };

  beforeEach(async () => {
    nowMs = Date.UTC(2025, 0, 2, 3, 59, 50);
    due = [];
    faults = [];
    refusals = [];
    folder = mkdtempSync(join(tmpdir(), 'millrace-access-log-'));
    records = await openSqliteStore({ folder: join(folder, 'records') });
    const blobs = await openFileBlobStore({ folder: join(folder, 'blobs') });
    const identities = new Identities(clock, systemRandom());
    objects = new ObjectService({ records, blobs, ciphers: testCiphers(), clock, identities });
    buckets = new BucketService({ records, clock });
    spool = await openFileLogSpool(join(folder, 'spool'));
    source = await buckets.create({ name: 'source', ownerId: '1' });
    target = await buckets.create({ name: 'target', ownerId: '1' });
    log = makeLog();
  });
  afterEach(async () => {
    await log.close();
    await records.close();
    rmSync(folder, { recursive: true });
  });

  /** Lets time pass, second by second, until what became due has been done. */
  const pass = async (ms: number, done: () => Promise<boolean>): Promise<void> => {
    nowMs += ms;
    const gaveUp = performance.now() + 30_000;
    for (let round = 0; !(await done()); round++) {
      assert.ok(performance.now() < gaveUp, 'waited in vain');
      for (const entry of due.filter(({ atMs }) => atMs <= nowMs)) {
        due = due.filter((other) => other !== entry);
        entry.callback();
      }
      await pause(2);
      // What is still under way then takes its own time, not that of the clock.
      if (round < 500) nowMs += SECOND / 10;
    }
  };
  const stored = async (): Promise<Record<string, string>> => {
    const page = await records.reads.objects.page({
      bucketId: target.id,
      prefix: '',
      delimiter: '',
      after: '',
      limit: 100,
    });
    const found: Record<string, string> = {};
    for (const entry of page.entries) {
      if (!('object' in entry)) continue;
      const chunks: Uint8Array[] = [];
      const object = await objects.get(target, entry.object.key);
      for await (const chunk of await objects.read(object)) chunks.push(chunk);
      found[entry.object.key] = Buffer.concat(chunks).toString();
    }
    return found;
  };
  const texts = async (): Promise<string[]> => Object.values(await stored());
  const count = (wanted: number) => async () => (await texts()).length === wanted;
  const spooled = (wanted: number) => async () => (await spool.list()).length === wanted;
  const setting = { bucket: 'target', prefix: 'logs/' };

  it('become an object when their hour ends, named by bucket and beginning', async () => {
    log.record(source, setting, 'one');
    log.record(source, setting, 'two');
    await pass(2 * SECOND, spooled(1));
    log.record(source, setting, 'three');
    assert.deepEqual(await texts(), []);
    await pass(10 * SECOND, count(1));
    const [[key, text] = ['', '']] = Object.entries(await stored());
    assert.match(key, /^logs\/source2025-01-02-03-59-50-[0-9A-Z]+$/);
    assert.equal(text, 'one\ntwo\nthree\n');
    await pass(0, spooled(0));
    log.record(source, setting, 'four');
    await pass(HOUR, count(2));
    assert.deepEqual(await texts(), ['one\ntwo\nthree\n', 'four\n']);
  });

  it('go where the setting said when they were written', async () => {
    log.record(source, setting, 'one');
    log.record(source, { ...setting, prefix: 'other/' }, 'two');
    log.record(target, setting, 'three');
    await pass(HOUR, count(3));
    const found = Object.entries(await stored()).map(([key, text]) => [key.slice(0, 12), text]);
    assert.deepEqual(found.sort(), [
      ['logs/source2', 'one\n'],
      ['logs/target2', 'three\n'],
      ['other/source', 'two\n'],
    ]);
  });

  it('are kept while the store does not take them, and stored once', async () => {
    refusals = [new DomainError('StorageReadOnly', { reason: 'full' }), new Error('defect')];
    log.record(source, setting, 'one');
    await pass(HOUR, async () => faults.length === 1);
    await pass(30 * SECOND, async () => true);
    assert.equal(faults.length, 1);
    await pass(60 * SECOND, async () => faults.length === 2);
    await pass(60 * SECOND, count(1));
    assert.deepEqual(await texts(), ['one\n']);
  });

  it('wait in memory while the disk does not take them, without being written twice', async () => {
    let full = true;
    log = makeLog({
      append: (batch, lines) => (full ? Promise.reject(new Error('ENOSPC')) : spool.append(batch, lines)),
    });
    log.record(source, setting, 'one');
    await pass(SECOND, async () => faults.length > 0);
    log.record(source, setting, 'two');
    full = false;
    await pass(HOUR, count(1));
    assert.deepEqual(await texts(), ['one\ntwo\n']);
  });

  it('are dropped, and said to be, when their bucket is gone', async () => {
    log.record(source, setting, 'one');
    await buckets.remove(target);
    await pass(HOUR, async () => faults.length === 1);
    await pass(SECOND, spooled(0));
    assert.match(String(faults[0]), /gone/);
  });

  it('of a run that ended are stored by the next, under the name they had, be it for the second time', async () => {
    log.record(source, setting, 'one');
    await log.close();
    log.record(source, setting, 'too late');
    const [left] = await spool.list();
    log = makeLog();
    await log.start();
    await pass(SECOND, count(1));
    assert.deepEqual(await stored(), { [left?.key ?? '']: 'one\n' });
    // As after a crash between storing it and removing it here.
    await spool.append({ id: left?.id ?? '', bucket: 'target', key: left?.key ?? '' }, 'one\n');
    await log.close();
    log = makeLog();
    await log.start();
    await pass(SECOND, spooled(0));
    assert.deepEqual(await stored(), { [left?.key ?? '']: 'one\n' });
  });

  it('are done with when a bucket that keeps its objects as they are has them from before a crash', async () => {
    log.record(source, setting, 'one');
    await log.close();
    const [left] = await spool.list();
    log = makeLog();
    await log.start();
    await pass(SECOND, spooled(0));
    await records.transact('initiateRetention', { bucketId: target.id, id: 'R', days: 1, nowMs });
    await spool.append({ id: left?.id ?? '', bucket: 'target', key: left?.key ?? '' }, 'one\n');
    await log.close();
    log = makeLog();
    await log.start();
    await pass(SECOND, spooled(0));
    assert.deepEqual([await stored(), faults], [{ [left?.key ?? '']: 'one\n' }, []]);
  });
});
