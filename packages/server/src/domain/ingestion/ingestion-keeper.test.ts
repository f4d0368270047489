import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openSqliteStore } from '../../stores/sqlite/sqlite-record-store.ts';
import { keepPrincipal } from '../access/kept-principal.ts';
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
  const clock: Clock = { now: () => 1, schedule: () => () => {} };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-ingestion-'));
    records = await openSqliteStore({ folder });
    await new BucketService({ records, clock }).create({ name: 'bucket', ownerId: '1' });
    await records.transact('createProject', {
      ...{ accountId: '1', name: 'p', serviceRole: '', description: '', about: {} },
      ...{ createdMs: 1, modifiedMs: 1, orKeep: false },
    });
    taken = [];
    meanwhile = async () => {};
    keeper = new IngestionKeeper({
      ...{ records, clock, region: 'r', onFault: assert.ifError },
      objects: {
        list: async () => ({
          entries: ['a', 'b'].map((key) => ({ key, object: { key } as ObjectRow })),
          truncated: false,
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
  const reached = async (state: string): Promise<IngestionRow> => {
    for (let tries = 0; tries < 500; tries++) {
      const row = await records.reads.ingestions.get('b1');
      if (row?.state === state) return row;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return assert.fail(`the batch never got ${state}`);
  };

  it('is over once it has looked at everything', async () => {
    await keeper.start();
    await create();
    assert.equal((await reached('Succeeded')).submitted, 2);
    assert.deepEqual(taken, ['a', 'b']);
  });

  it('that is suspended during its last look is not over, and ends once it goes on', async () => {
    let suspended = false;
    meanwhile = async () => {
      if (!suspended) await turn('Suspended');
      suspended = true;
    };
    await keeper.start();
    await create();
    for (let tries = 0; tries < 500 && taken.length < 2; tries++) await new Promise((done) => setTimeout(done, 10));
    assert.equal((await reached('Suspended')).scanned, false);
    await turn('Running');
    assert.equal((await reached('Succeeded')).scanned, true);
  });
});
