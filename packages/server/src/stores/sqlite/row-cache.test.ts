import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ObjectRow } from '../../domain/ports/object-records.ts';
import type { QueueRow } from '../../domain/ports/queue-records.ts';
import type { Reads } from '../../domain/ports/record-store.ts';
import { openWriterDatabase } from './connection.ts';
import { RowCache, TurnSnapshot } from './row-cache.ts';

const folder = await mkdtemp(join(tmpdir(), 'millrace-row-cache-'));
const database = openWriterDatabase(join(folder, 'records.sqlite'));
after(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

function cache() {
  const state = { size: 1, reads: 0 };
  // Of all reads, only the one of an object is asked for here.
  const objects = {
    get: (_bucketId: number, key: string) => {
      state.reads += 1;
      return { key, size: state.size } as ObjectRow;
    },
  };
  const nothing = new Proxy({}, { get: () => ({}) });
  const rows = new RowCache(
    { ...(nothing as Reads), objects: objects as Reads['objects'] },
    new TurnSnapshot(database),
  );
  const size = () => (rows.reads.objects.get(1, 'k') as ObjectRow).size;
  return { rows, state, size };
}

test('the row of an object is read once for as long as nothing is being written', () => {
  const { state, size } = cache();
  assert.deepEqual([size(), size(), size()], [1, 1, 1]);
  assert.equal(state.reads, 1);
});

test('while a command is under way each read looks, because it may have taken effect', () => {
  const { rows, state, size } = cache();
  size();
  rows.disturbed();
  state.size = 2;
  assert.equal(size(), 2);
  state.size = 3;
  assert.equal(size(), 3);
  rows.settled();
  assert.equal(size(), 3);
  state.size = 4;
  assert.equal(size(), 3);
});

test('a queue is read once, until a commit that wrote one is reported', () => {
  const state = { delaySeconds: 1, reads: 0 };
  const queues = {
    byName: (_accountId: string, name: string) => {
      state.reads += 1;
      return { name, delaySeconds: state.delaySeconds } as QueueRow;
    },
  };
  const nothing = new Proxy({}, { get: () => ({}) });
  const rows = new RowCache({ ...(nothing as Reads), queues: queues as Reads['queues'] }, new TurnSnapshot(database));
  const delay = (accountId = '1') => (rows.reads.queues.byName(accountId, 'q') as QueueRow).delaySeconds;
  assert.deepEqual([delay(), delay(), state.reads], [1, 1, 1]);
  delay('2');
  assert.equal(state.reads, 2, 'the queue of that name of another account is another one');
  state.delaySeconds = 5;
  rows.disturbed();
  rows.committed({ bucketsWritten: true, queuesWritten: false });
  assert.equal(delay(), 1);
  rows.committed({ bucketsWritten: false, queuesWritten: true });
  assert.equal(delay(), 5);
});
