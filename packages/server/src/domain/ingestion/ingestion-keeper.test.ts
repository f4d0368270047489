import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openSqliteStore } from '../../stores/sqlite/sqlite-record-store.ts';
import { keepPrincipal } from '../access/kept-principal.ts';
import { DomainError, isDomainError } from '../errors.ts';
import { Identities } from '../identities.ts';
import { BucketService } from '../objects/bucket-service.ts';
import type { Clock } from '../ports/clock.ts';
import type { IngestionRow } from '../ports/ingestion-records.ts';
import type { ObjectRow } from '../ports/object-records.ts';
import { systemRandom } from '../ports/random.ts';
import type { RecordStore } from '../ports/record-store.ts';
import { IngestionKeeper } from './ingestion-keeper.ts';

describe('a batch', () => {
  let folder = '';
  let records: RecordStore;
  let keeper: IngestionKeeper;
  let taken: string[];
  /** What happens while an object is looked at. */
  let meanwhile: () => Promise<unknown>;
  let listed: { keys: string[]; truncated: boolean };
  /** What the keeper would wait for. */
  let polls: (() => void)[];
  const clock: Clock = {
    now: () => 1,
    schedule: (_, then) => {
      polls.push(then);
      return () => {};
    },
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-ingestion-'));
    records = await openSqliteStore({ folder });
    await new BucketService({ records, clock }).create({ name: 'bucket', ownerId: '1' });
    await records.transact('createProject', {
      ...{ accountId: '1', name: 'p', serviceRole: '', description: '', about: {} },
      ...{ createdMs: 1, modifiedMs: 1, orKeep: false },
    });
    taken = [];
    polls = [];
    listed = { keys: ['a', 'b'], truncated: false };
    meanwhile = async () => {};
    keeper = new IngestionKeeper({
      ...{ records, clock, region: 'r', onFault: assert.ifError },
      objects: {
        list: async (_, { after }) => ({
          entries: listed.keys.filter((key) => key > after).map((key) => ({ key, object: { key } as ObjectRow })),
          truncated: listed.truncated,
        }),
      },
      identities: new Identities(clock, systemRandom()),
      ingest: async (_row, { key }) => {
        taken.push(key);
        await meanwhile();
        return 'submitted';
      },
    });
  });
  afterEach(async () => {
    await keeper.stop();
    await records.close();
    rmSync(folder, { recursive: true });
  });

  const create = (): Promise<IngestionRow> =>
    records.transact('createIngestion', {
      ...{ id: 'b1', kind: 'batch', accountId: '1', project: 'p', bucketId: 1, bucket: 'bucket', prefix: '' },
      ...{ state: 'Ready', scanned: false, marker: '', submitted: 0, failed: 0, skipped: 0 },
      ...{ createdMs: 1, modifiedMs: 1 },
      about: { asker: keepPrincipal({ kind: 'account', accountId: '1', accessKeyId: 'key' }), wire: {} },
    });
  const turn = (state: 'Suspended' | 'Running') => records.transact('updateIngestion', { id: 'b1', nowMs: 2, state });
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    for (let tries = 0; tries < 2_000; tries++) {
      if (await holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.fail('it never came about');
  };
  const reached = async (state: string): Promise<IngestionRow> => {
    for (let tries = 0; tries < 2_000; tries++) {
      const row = await records.reads.ingestions.get('b1');
      if (row?.state === state) return row;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return assert.fail(`the batch never got ${state}`);
  };

  /** A batch that is suspended while it takes its first object; resolves when that is on record. */
  const createToBeSuspended = async (): Promise<void> => {
    let suspended = false;
    meanwhile = async () => {
      if (!suspended) await turn('Suspended');
      suspended = true;
    };
    await keeper.start();
    await create();
    await until(async () => (await records.reads.ingestions.get('b1'))?.submitted === 1);
  };

  it('is over once it has looked at everything', async () => {
    await keeper.start();
    await create();
    assert.equal((await reached('Succeeded')).submitted, 2);
    assert.deepEqual(taken, ['a', 'b']);
  });

  it('takes nothing more once it is suspended, and goes on behind what it has taken', async () => {
    listed.keys = ['a', 'b', 'c'];
    await createToBeSuspended();
    assert.deepEqual([taken, (await reached('Suspended')).marker], [['a'], 'a']);
    await turn('Running');
    assert.equal((await reached('Succeeded')).submitted, 3);
    assert.deepEqual(taken, ['a', 'b', 'c']);
  });

  it('takes nothing more once it is deleted', async () => {
    listed.keys = ['a', 'b', 'c'];
    meanwhile = () => records.transact('deleteIngestion', { id: 'b1' });
    await keeper.start();
    await create();
    await until(async () => (await records.reads.ingestions.get('b1')) === undefined);
    await keeper.stop();
    assert.deepEqual(taken, ['a']);
  });

  it('asks again for what an engine had no room for, and counts nothing of it as failed', async () => {
    let busy = true;
    meanwhile = async () => {
      if (busy && taken.at(-1) === 'b') {
        busy = false;
        throw new DomainError('EngineBusy', { reason: 'Later.' });
      }
    };
    await keeper.start();
    await create();
    await until(async () => {
      for (const poll of polls.splice(0)) poll();
      return (await records.reads.ingestions.get('b1'))?.state === 'Succeeded';
    });
    const { submitted, failed } = await reached('Succeeded');
    assert.deepEqual([submitted, failed, taken], [2, 0, ['a', 'b', 'b']]);
  });

  it('that is suspended during its last look is not over, and ends once it goes on', async () => {
    await createToBeSuspended();
    assert.equal((await reached('Suspended')).scanned, false);
    await turn('Running');
    assert.equal((await reached('Succeeded')).scanned, true);
  });
});

describe('a trigger', () => {
  it('whose bucket is deleted has failed, and a binding is made once only', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-trigger-'));
    const records = await openSqliteStore({ folder });
    try {
      const clock: Clock = { now: () => 1, schedule: () => () => {} };
      await new BucketService({ records, clock }).create({ name: 'bucket', ownerId: '1' });
      await records.transact('createProject', {
        ...{ accountId: '1', name: 'p', serviceRole: '', description: '', about: {} },
        ...{ createdMs: 1, modifiedMs: 1, orKeep: false },
      });
      const dataset = { accountId: '1', project: 'p', name: 'd', about: {}, createdMs: 1, modifiedMs: 1 };
      await records.transact('createDataset', dataset);
      const asker = keepPrincipal({ kind: 'account', accountId: '1', accessKeyId: 'key' });
      const create = (id: string, kind: 'trigger' | 'binding', about: object): Promise<IngestionRow> =>
        records.transact('createIngestion', {
          ...{ id, kind, accountId: '1', project: 'p', bucketId: 1, bucket: 'bucket', prefix: '' },
          ...{ state: 'Running', scanned: true, marker: '', submitted: 0, failed: 0, skipped: 0 },
          ...{ createdMs: 1, modifiedMs: 1, about: { asker, wire: {}, ...about } },
        });
      await create('t1', 'trigger', {});
      await create('n1', 'binding', { dataset: 'd' });
      await assert.rejects(create('n2', 'binding', { dataset: 'd' }), (error) => isDomainError(error, 'DatasetExists'));
      await assert.rejects(create('n3', 'binding', { dataset: 'e' }), (error) =>
        isDomainError(error, 'DatasetMissing'),
      );
      await records.transact('noteArrivals', { ids: ['t1'], key: 'k', nowMs: 1 });
      await records.transact('deleteBucket', { bucketId: 1 });
      for (const id of ['t1', 'n1']) {
        const row = await records.reads.ingestions.get(id);
        assert.deepEqual([row?.state, row?.about.reason], ['Failed', 'The bucket bucket is gone.']);
      }
      assert.deepEqual(await records.reads.arrivals.next(0, 10), []);
      await assert.rejects(create('t2', 'trigger', {}), (error) => isDomainError(error, 'BucketMissing'));
    } finally {
      await records.close();
      rmSync(folder, { recursive: true });
    }
  });
});
