import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EventRow } from '../../../domain/ports/event-records.ts';
import { run } from '../record-commands.ts';
import type { RecordsUnderTest } from './records-under-test.ts';

export function eventRecordContract(on: RecordsUnderTest): void {
  const { reopen } = on;

  describe('events', () => {
    test('are next by the time they are due, paged newest first, and removed once they are settled and old', async () => {
      const event = (id: string, more: Partial<Omit<EventRow, 'number'>> = {}) => ({
        ...{ id, type: 't', body: `{"é":"${id}"}`, state: 'Pending' as const, createdMs: 1000, dueMs: 1000 },
        ...{ attempts: 0, triedMs: 0, outcome: '' },
        ...more,
      });
      const inserted = [event('a', { dueMs: 3000 }), event('b', { dueMs: 2000 }), event('c', { state: 'Failed' })];
      await run(
        on.store,
        inserted.map((row) => ['events', 'insert', row] as const),
      );
      await reopen();
      const ids = (rows: readonly EventRow[]) => rows.map(({ id }) => id).join('');
      const { events } = on.store.reads;
      assert.equal(ids(await events.next(5)), 'ba');
      assert.equal(ids(await events.next(1)), 'b');
      assert.equal(ids(await events.page({ before: 99, limit: 2 })), 'cb');
      assert.equal(ids(await events.page({ before: 2, limit: 2 })), 'a');
      assert.equal(ids(await events.page({ state: 'Pending', before: 99, limit: 9 })), 'ba');
      const [first] = await events.next(1);
      assert.ok(first);
      assert.partialDeepStrictEqual(first, inserted[1] ?? {});
      await run(on.store, [
        ['events', 'update', { ...first, state: 'Delivered', attempts: 1, triedMs: 5, outcome: '200' }],
      ]);
      const [delivered] = await run(on.store, [['events', 'get', first.number]]);
      assert.partialDeepStrictEqual(delivered, { state: 'Delivered', attempts: 1, triedMs: 5, outcome: '200' });
      assert.equal((await run(on.store, [['events', 'removeSettled', 1000, 9]]))[0], 0);
      assert.equal((await run(on.store, [['events', 'removeSettled', 1001, 1]]))[0], 1);
      assert.equal((await run(on.store, [['events', 'removeSettled', 1001, 9]]))[0], 1);
      assert.equal(ids(await on.store.reads.events.page({ before: 99, limit: 9 })), 'a');
    });
  });
}
