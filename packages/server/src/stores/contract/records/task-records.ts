import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TaskRow } from '../../../domain/ports/task-records.ts';
import { run } from '../record-commands.ts';
import { objectRow, taskRow } from '../record-samples.ts';
import type { RecordsUnderTest } from './records-under-test.ts';

export function taskRecordContract(on: RecordsUnderTest): void {
  const { reopen } = on;

  describe('tasks', () => {
    test('keep the object version they were given until it is taken from them, after a restart too', async () => {
      const object = objectRow({
        bucketId: 1,
        key: '报告.docx',
        segments: [{ blob: 'b', offset: 1, length: 2, crc64: '3' }],
      });
      await run(on.store, [['tasks', 'pin', 'a', object]]);
      await reopen();
      assert.deepEqual(await on.store.reads.tasks.pinned('a'), object);
      assert.equal(await on.store.reads.tasks.pinned('b'), undefined);
      await run(on.store, [['tasks', 'unpin', 'a']]);
      assert.equal(await on.store.reads.tasks.pinned('a'), undefined);
    });

    test('come back as they were put, and are paged newest first by state and kind', async () => {
      const rows = [
        taskRow({ id: 'a', createdMs: 1, payload: { deep: [{ 值: null }] } }),
        taskRow({ id: 'b', createdMs: 2, kind: 'video', state: 'Failed', code: 'X', message: 'because' }),
        taskRow({ id: 'c', createdMs: 3, state: 'Succeeded', result: { key: 'out' }, progress: 100 }),
        taskRow({ id: 'd', createdMs: 4, kind: 'video', state: 'Succeeded', leaseToken: 3, attempts: 2, crashes: 1 }),
      ];
      await run(
        on.store,
        rows.map((row) => ['tasks', 'insert', row] as const),
      );
      await reopen();
      for (const row of rows) assert.deepEqual(await on.store.reads.tasks.get(row.id), row);
      const page = async (query: {
        state?: 'Running' | 'Succeeded' | 'Failed';
        kind?: string;
        beforeMs?: number;
        limit?: number;
      }) => (await on.store.reads.tasks.page({ beforeMs: 100, limit: 10, ...query })).map(({ id }) => id).join('');
      assert.equal(await page({}), 'dcba');
      assert.equal(await page({ beforeMs: 3 }), 'ba');
      assert.equal(await page({ limit: 2 }), 'dc');
      assert.equal(await page({ state: 'Succeeded' }), 'dc');
      assert.equal(await page({ kind: 'video' }), 'db');
      assert.equal(await page({ kind: 'video', state: 'Failed' }), 'b');
      assert.deepEqual(await on.store.reads.tasks.counts(), [
        { kind: 'process', waiting: 1, running: 0, succeeded: 1, failed: 0 },
        { kind: 'video', waiting: 0, running: 0, succeeded: 1, failed: 1 },
      ]);
    });

    test('are claimable when no lease holds them and their time has come, oldest first', async () => {
      await run(on.store, [
        ['tasks', 'insert', taskRow({ id: 'new', createdMs: 3000 })],
        ['tasks', 'insert', taskRow({ id: 'old', createdMs: 1000, notBeforeMs: 5000 })],
        [
          'tasks',
          'insert',
          taskRow({ id: 'leased', createdMs: 500, leaseOwner: 'p', leaseUntilMs: 6000, leaseToken: 1 }),
        ],
        ['tasks', 'insert', taskRow({ id: 'released', createdMs: 2000, leaseOwner: '', leaseUntilMs: 9000 })],
        ['tasks', 'insert', taskRow({ id: 'ended', createdMs: 1, state: 'Failed' })],
        ['tasks', 'insert', taskRow({ id: 'other', createdMs: 1, kind: 'video', leaseOwner: 'q', leaseUntilMs: 100 })],
      ]);
      const claimable = async (nowMs: number): Promise<string | undefined> => {
        const [row] = await run(on.store, [['tasks', 'claimable', { kind: 'process', nowMs, tenant: '' }]]);
        return row?.id;
      };
      assert.equal(await claimable(4000), 'released');
      assert.equal(await claimable(5000), 'old');
      assert.equal(await claimable(6000), 'leased');
      assert.equal(await claimable(100), undefined);
      const [leased] = await run(on.store, [['tasks', 'leasedBy', 'p']]);
      assert.deepEqual(
        leased.map(({ id }) => id),
        ['leased'],
      );
      assert.deepEqual(await on.store.reads.tasks.counts(), [
        { kind: 'process', waiting: 3, running: 1, succeeded: 0, failed: 1 },
        { kind: 'video', waiting: 0, running: 1, succeeded: 0, failed: 0 },
      ]);
    });

    test('are claimable by priority, then by turns of their tenants, then by age', async () => {
      const inserted = [
        taskRow({ id: 'a1', tenant: 'a', createdMs: 1000 }),
        taskRow({ id: 'a2', tenant: 'a', createdMs: 2000 }),
        taskRow({ id: 'b1', tenant: 'b', createdMs: 3000 }),
        taskRow({ id: 'c1', tenant: 'c', createdMs: 3000, priority: -1 }),
        taskRow({ id: 'd1', tenant: 'd', createdMs: 9000, priority: 5, kind: 'video' }),
      ];
      await run(
        on.store,
        inserted.map((row) => ['tasks', 'insert', row] as const),
      );
      const after = async (tenant: string): Promise<TaskRow | undefined> =>
        (await run(on.store, [['tasks', 'claimable', { kind: 'process', nowMs: 9999, tenant }]]))[0];
      assert.deepEqual(
        [(await after(''))?.id, (await after('a'))?.id, (await after('b'))?.id, (await after('zz'))?.id],
        ['a1', 'b1', 'a1', 'a1'],
      );
      for (const row of inserted.slice(0, 3))
        await run(on.store, [['tasks', 'update', { ...row, leaseOwner: 'p', leaseUntilMs: 99_999 }]]);
      assert.equal((await after('d'))?.id, 'c1');
      await run(on.store, [['tasks', 'update', { ...taskRow({ id: 'c1' }), priority: 9, createdMs: 3000 }]]);
      assert.equal((await on.store.reads.tasks.get('c1'))?.priority, 9);
      assert.deepEqual((await run(on.store, [['tasks', 'turn', 'process']]))[0], '');
      await run(on.store, [
        ['tasks', 'setTurn', 'process', 'a'],
        ['tasks', 'setTurn', 'process', 'b'],
      ]);
      assert.deepEqual((await run(on.store, [['tasks', 'turn', 'process']]))[0], 'b');
      assert.deepEqual(await on.store.reads.tasks.waitingSince(), [
        { kind: 'process', createdMs: 3000 },
        { kind: 'video', createdMs: 9000 },
      ]);
    });

    test('follow their lease through claim, renewal, release and end', async () => {
      const task = taskRow({ id: 't', createdMs: 1000 });
      const claimed = { ...task, leaseOwner: 'p', leaseToken: 1, leaseUntilMs: 5000, attempts: 1, startedMs: 2000 };
      const look = async (nowMs: number) => {
        const [row, next] = await run(on.store, [
          ['tasks', 'claimable', { kind: 'process', nowMs, tenant: '' }],
          ['tasks', 'nextClaimableMs', 'process'],
        ]);
        return [row === undefined ? 0 : 1, next];
      };
      assert.deepEqual(await look(9000), [0, undefined]);
      await run(on.store, [['tasks', 'insert', task]]);
      assert.deepEqual(await look(2000), [1, 0]);
      await run(on.store, [['tasks', 'update', claimed]]);
      assert.deepEqual(await look(4999), [0, 5000]);
      assert.deepEqual(await look(5000), [1, 5000]);
      await run(on.store, [['tasks', 'update', { ...claimed, leaseUntilMs: 9000, progress: 40 }]]);
      assert.deepEqual(await look(8999), [0, 9000]);
      await run(on.store, [['tasks', 'update', { ...claimed, leaseOwner: '', leaseUntilMs: 0, notBeforeMs: 9500 }]]);
      assert.deepEqual(await look(9400), [0, 9500]);
      assert.deepEqual((await run(on.store, [['tasks', 'leasedBy', 'p']]))[0], []);
      await run(on.store, [['tasks', 'update', { ...claimed, state: 'Succeeded', leaseOwner: '', endedMs: 9600 }]]);
      assert.deepEqual(await look(99_000), [0, undefined]);
      assert.equal((await on.store.reads.tasks.get('t'))?.leaseToken, 1);
    });

    test('that ended are removed by age, some at a time', async () => {
      const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
      const states = ['Succeeded', 'Failed', 'Running'] as const;
      await run(
        on.store,
        ids.map(
          (id, n) => ['tasks', 'insert', taskRow({ id, createdMs: n, state: states[n % 3] ?? 'Running' })] as const,
        ),
      );
      const remove = async (beforeMs: number, limit: number) =>
        (await run(on.store, [['tasks', 'removeEnded', beforeMs, limit]]))[0];
      assert.equal(await remove(4, 10), 3);
      assert.equal(await remove(100, 1), 1);
      assert.equal(await remove(100, 10), 0);
      assert.deepEqual(await on.store.reads.tasks.counts(), [
        { kind: 'process', waiting: 2, running: 0, succeeded: 0, failed: 0 },
      ]);
    });
  });
}
