import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { MessageRow } from '../../../domain/ports/queue-records.ts';
import { run } from '../record-commands.ts';
import { messageRow, queueRow, subscriptionRow, topicRow } from '../record-samples.ts';
import type { RecordsUnderTest } from './records-under-test.ts';

export function messageRecordContract(on: RecordsUnderTest): void {
  const { makeQueue } = on;

  describe('queues and topics', () => {
    test('are found by account and name, paged in name order, changed and removed', async () => {
      const insert = (name: string, accountId = '1') =>
        ['queues', 'insert', queueRow({ name, accountId, loggingEnabled: true })] as const;
      const [b, , other] = await run(on.store, [insert('b'), insert('a'), insert('b', '2'), insert('ab')]);
      const page = await on.store.reads.queues.page({ accountId: '1', prefix: 'a', after: 'a', limit: 5 });
      assert.deepEqual(
        page.map(({ name }) => name),
        ['ab'],
      );
      await run(on.store, [['queues', 'update', { ...b, delaySeconds: 7, loggingEnabled: false }]]);
      assert.deepEqual(await on.store.reads.queues.byName('1', 'b'), { ...b, delaySeconds: 7, loggingEnabled: false });
      await run(on.store, [['queues', 'remove', b.id]]);
      assert.equal(await on.store.reads.queues.byName('1', 'b'), undefined);
      assert.deepEqual(await on.store.reads.queues.byName('2', 'b'), other);
      const [again] = await run(on.store, [insert('b')]);
      assert.ok(again.id > other.id + 1);
    });

    test('a topic takes its subscriptions with it', async () => {
      const [topic] = await run(on.store, [['topics', 'insert', topicRow({ name: 't' })]]);
      const [first, second] = await run(on.store, [
        ['topics', 'insertSubscription', subscriptionRow({ topicId: topic.id, name: 'x' })],
        ['topics', 'insertSubscription', subscriptionRow({ topicId: topic.id, name: 'y', filterTag: 'z' })],
      ]);
      assert.deepEqual(await on.store.reads.topics.byName('1', 't'), topic);
      assert.deepEqual(await on.store.reads.topics.page({ accountId: '1', prefix: 't', after: '', limit: 5 }), [topic]);
      const list = async (after: string) =>
        on.store.reads.topics.subscriptions({ topicId: topic.id, prefix: '', after, limit: 5 });
      assert.deepEqual(await list(''), [first, second]);
      assert.deepEqual(await list('x'), [second]);
      await run(on.store, [
        ['topics', 'update', { ...topic, maximumMessageSize: 2000 }],
        ['topics', 'updateSubscription', { ...first, notifyStrategy: 'EXPONENTIAL_DECAY_RETRY' }],
        ['topics', 'removeSubscription', second.id],
      ]);
      assert.equal((await on.store.reads.topics.byName('1', 't'))?.maximumMessageSize, 2000);
      assert.deepEqual(await list(''), [{ ...first, notifyStrategy: 'EXPONENTIAL_DECAY_RETRY' }]);
      await run(on.store, [['topics', 'remove', topic.id]]);
      assert.deepEqual(await list(''), []);
      assert.equal(await on.store.reads.topics.subscription(topic.id, 'x'), undefined);
    });
  });

  describe('messages', () => {
    test('are receivable by priority and then by arrival, and not before they are visible', async () => {
      const queueId = await makeQueue();
      const insert = (body: string, more: Partial<MessageRow> = {}) =>
        ['messages', 'insert', messageRow({ queueId, body, ...more })] as const;
      await run(on.store, [
        insert('one'),
        insert('late', { visibleMs: 5000, priority: 1 }),
        insert('two', { priority: 16 }),
        insert('three'),
        insert('first', { priority: 1 }),
        insert('gone', { priority: 1, expiresMs: 1500 }),
      ]);
      const look = async (nowMs: number, limit = 10) => {
        const [rows, next] = await run(on.store, [
          ['messages', 'receivable', queueId, nowMs, limit],
          ['messages', 'nextVisibleMs', queueId, nowMs],
        ]);
        return [rows.map(({ body }) => body).join(' '), next];
      };
      assert.deepEqual(await look(1000), ['first gone one three two', 5000]);
      assert.deepEqual(await look(1500), ['first one three two', 5000]);
      assert.deepEqual(await look(2000, 2), ['first one', 5000]);
      assert.deepEqual(await look(5000), ['late first one three two', undefined]);
    });

    test('are active, inactive or delayed exactly as a naive model says, as time goes on', async () => {
      const kinds = fc.record({
        act: fc.constantFrom('send', 'delay', 'receive', 'hide', 'show', 'delete', 'sweep', 'look'),
        passMs: fc.integer({ min: 0, max: 400 }),
        pick: fc.nat(),
        priority: fc.integer({ min: 1, max: 3 }),
      });
      let round = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(kinds, { minLength: 5, maxLength: 40 }), async (acts) => {
          const queueId = await makeQueue(`q${round++}`);
          const model = new Map<number, MessageRow>();
          let nowMs = 1000;
          const live = (): MessageRow[] => [...model.values()].filter((row) => row.expiresMs > nowMs);
          const visible = (): MessageRow[] =>
            live()
              .filter((row) => row.visibleMs <= nowMs)
              .sort((a, b) => a.priority - b.priority || a.id - b.id);
          const change = async (row: MessageRow): Promise<void> => {
            await run(on.store, [['messages', 'update', row]]);
            model.set(row.id, row);
          };
          for (const { act, passMs, pick, priority } of acts) {
            nowMs += passMs;
            const chosen = live()[pick % Math.max(1, live().length)];
            if (act === 'send' || act === 'delay') {
              const visibleMs = nowMs + (act === 'delay' ? 300 : 0);
              const row = messageRow({ queueId, priority, enqueuedMs: nowMs, visibleMs, expiresMs: nowMs + 1000 });
              const [inserted] = await run(on.store, [['messages', 'insert', row]]);
              model.set(inserted.id, inserted);
            } else if (act === 'receive') {
              const [rows] = await run(on.store, [['messages', 'receivable', queueId, nowMs, 2]]);
              assert.deepEqual(rows, visible().slice(0, 2));
              for (const row of rows) {
                await change({ ...row, visibleMs: nowMs + 200, dequeueCount: row.dequeueCount + 1, receipt: 'r' });
              }
            } else if (act === 'hide' && chosen) await change({ ...chosen, visibleMs: nowMs + 5000, dequeueCount: 1 });
            else if (act === 'show' && chosen) await change({ ...chosen, visibleMs: nowMs, dequeueCount: 1 });
            else if (act === 'delete' && chosen) {
              await run(on.store, [['messages', 'remove', chosen.id]]);
              model.delete(chosen.id);
            } else if (act === 'sweep') await run(on.store, [['messages', 'removeExpired', nowMs, 100]]);
            const waiting = live().filter((row) => row.visibleMs > nowMs);
            assert.deepEqual(await on.store.reads.messages.counts(queueId, nowMs), {
              active: visible().length,
              inactive: waiting.filter((row) => row.dequeueCount > 0).length,
              delayed: waiting.filter((row) => row.dequeueCount === 0).length,
            });
            const [next] = await run(on.store, [['messages', 'nextVisibleMs', queueId, nowMs]]);
            const times = waiting.filter((row) => row.visibleMs < row.expiresMs).map((row) => row.visibleMs);
            assert.equal(next, times.length === 0 ? undefined : Math.min(...times));
            for (const row of live()) assert.deepEqual((await run(on.store, [['messages', 'get', row.id]]))[0], row);
          }
        }),
        { numRuns: 25 },
      );
    });

    test('of a removed queue are gone at once, however many, and are cleared away later', async () => {
      const [queueId, other] = [await makeQueue('q'), await makeQueue('other')];
      const rows = Array.from({ length: 50 }, (_, n) => messageRow({ queueId, visibleMs: n % 2 === 0 ? 1000 : 5000 }));
      const [first] = await run(
        on.store,
        rows.map((row) => ['messages', 'insert', row] as const),
      );
      await run(on.store, [['messages', 'insert', messageRow({ queueId: other })]]);
      await run(on.store, [['queues', 'remove', queueId]]);
      const [got, receivable] = await run(on.store, [
        ['messages', 'get', first?.id ?? 0],
        ['messages', 'receivable', queueId, 9000, 10],
      ]);
      assert.equal(got, undefined);
      assert.deepEqual(receivable, []);
      assert.deepEqual(await on.store.reads.messages.counts(queueId, 9000), { active: 0, inactive: 0, delayed: 0 });
      for (let removed = 30; removed === 30; )
        [removed] = await run(on.store, [['messages', 'removeExpired', 2000, 30]]);
      assert.deepEqual(await on.store.reads.messages.counts(other, 2000), { active: 1, inactive: 0, delayed: 0 });
    });

    test('are removed when expired, some at a time', async () => {
      const queueId = await makeQueue();
      await run(
        on.store,
        Array.from(
          { length: 5 },
          (_, n) => ['messages', 'insert', messageRow({ queueId, expiresMs: 2000 + n })] as const,
        ),
      );
      const sweep = async (nowMs: number, limit: number) =>
        (await run(on.store, [['messages', 'removeExpired', nowMs, limit]]))[0];
      assert.equal(await sweep(2003, 3), 3);
      assert.equal(await sweep(2003, 3), 1);
      assert.equal(await sweep(2003, 3), 0);
      assert.deepEqual(await on.store.reads.messages.counts(queueId, 2003), { active: 1, inactive: 0, delayed: 0 });
    });
  });
}
