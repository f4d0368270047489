import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { MessageRow, PushRow } from '../../domain/ports/queue-records.ts';
import type { RecordStore } from '../../domain/ports/record-store.ts';
import { run } from './record-commands.ts';
import { messageRow, pushRow, queueRow, subscriptionRow, topicRow } from './record-samples.ts';

/**
 * What every store of queues, messages, topics and pushes does. A part of the contract of a record store, and a whole for
 * a store that holds nothing else: `store()` is one that is empty at the start of each test and runs the contract's commands.
 */
export function queueRecordsContract(store: () => RecordStore, cases: (all: number) => number): void {
  const makeQueue = async (name = 'q'): Promise<number> => {
    const [row] = await run(store(), [['queues', 'insert', queueRow({ name })]]);
    return row.id;
  };

  describe('queues and topics', () => {
    test('are found by account and name, paged in name order, changed and removed', async () => {
      const insert = (name: string, accountId = '1') =>
        ['queues', 'insert', queueRow({ name, accountId, loggingEnabled: true })] as const;
      const [b, , other] = await run(store(), [insert('b'), insert('a'), insert('b', '2'), insert('ab')]);
      const page = await store().reads.queues.page({ accountId: '1', prefix: 'a', after: 'a', limit: 5 });
      assert.deepEqual(
        page.map(({ name }) => name),
        ['ab'],
      );
      await run(store(), [['queues', 'update', { ...b, delaySeconds: 7, loggingEnabled: false }]]);
      assert.deepEqual(await store().reads.queues.byName('1', 'b'), { ...b, delaySeconds: 7, loggingEnabled: false });
      await run(store(), [['queues', 'remove', b.id]]);
      assert.equal(await store().reads.queues.byName('1', 'b'), undefined);
      assert.deepEqual(await store().reads.queues.byName('2', 'b'), other);
      const [again] = await run(store(), [insert('b')]);
      assert.ok(again.id > other.id + 1);
    });

    test('a topic takes its subscriptions with it', async () => {
      const [topic] = await run(store(), [['topics', 'insert', topicRow({ name: 't' })]]);
      const [first, second] = await run(store(), [
        ['topics', 'insertSubscription', subscriptionRow({ topicId: topic.id, name: 'x' })],
        ['topics', 'insertSubscription', subscriptionRow({ topicId: topic.id, name: 'y', filterTag: 'z' })],
      ]);
      assert.deepEqual(await store().reads.topics.byName('1', 't'), topic);
      assert.deepEqual(await store().reads.topics.page({ accountId: '1', prefix: 't', after: '', limit: 5 }), [topic]);
      const list = async (after: string) =>
        store().reads.topics.subscriptions({ topicId: topic.id, prefix: '', after, limit: 5 });
      assert.deepEqual(await list(''), [first, second]);
      assert.deepEqual(await list('x'), [second]);
      await run(store(), [
        ['topics', 'update', { ...topic, maximumMessageSize: 2000 }],
        ['topics', 'updateSubscription', { ...first, notifyStrategy: 'EXPONENTIAL_DECAY_RETRY' }],
        ['topics', 'removeSubscription', second.id],
      ]);
      assert.equal((await store().reads.topics.byName('1', 't'))?.maximumMessageSize, 2000);
      assert.deepEqual(await list(''), [{ ...first, notifyStrategy: 'EXPONENTIAL_DECAY_RETRY' }]);
      await run(store(), [['topics', 'remove', topic.id]]);
      assert.deepEqual(await list(''), []);
      assert.equal(await store().reads.topics.subscription(topic.id, 'x'), undefined);
    });
  });

  describe('messages', () => {
    test('are receivable by priority and then by arrival, and not before they are visible', async () => {
      const queueId = await makeQueue();
      const insert = (body: string, more: Partial<MessageRow> = {}) =>
        ['messages', 'insert', messageRow({ queueId, body, ...more })] as const;
      await run(store(), [
        insert('one'),
        insert('late', { visibleMs: 5000, priority: 1 }),
        insert('two', { priority: 16 }),
        insert('three'),
        insert('first', { priority: 1 }),
        insert('gone', { priority: 1, expiresMs: 1500 }),
      ]);
      const look = async (nowMs: number, limit = 10) => {
        const [rows, next] = await run(store(), [
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

    test('are known to be there, or when they will be, without being made ready', async () => {
      const [queueId, other] = [await makeQueue('q'), await makeQueue('other')];
      const first = async () => store().reads.messages.firstVisibleMs(queueId);
      await run(store(), [['messages', 'insert', messageRow({ queueId: other })]]);
      assert.equal(await first(), undefined);
      const [late] = await run(store(), [
        ['messages', 'insert', messageRow({ queueId, visibleMs: 6000 })],
        ['messages', 'insert', messageRow({ queueId, visibleMs: 7000, expiresMs: 6500 })],
        ['messages', 'insert', messageRow({ queueId, visibleMs: 500, enqueuedMs: 400, dequeueCount: 3, dying: true })],
      ]);
      assert.equal(await first(), 6000);
      await run(store(), [['messages', 'update', { ...late, visibleMs: 5000, dequeueCount: 1 }]]);
      assert.equal(await first(), 5000);
      await run(store(), [['messages', 'receivable', queueId, 5000, 1]]);
      assert.equal(await first(), 0);
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
            await run(store(), [['messages', 'update', row]]);
            model.set(row.id, row);
          };
          for (const { act, passMs, pick, priority } of acts) {
            nowMs += passMs;
            const chosen = live()[pick % Math.max(1, live().length)];
            if (act === 'send' || act === 'delay') {
              const visibleMs = nowMs + (act === 'delay' ? 300 : 0);
              const row = messageRow({ queueId, priority, enqueuedMs: nowMs, visibleMs, expiresMs: nowMs + 1000 });
              const [inserted] = await run(store(), [['messages', 'insert', row]]);
              model.set(inserted.id, inserted);
            } else if (act === 'receive') {
              const [rows] = await run(store(), [['messages', 'receivable', queueId, nowMs, 2]]);
              assert.deepEqual(rows, visible().slice(0, 2));
              for (const row of rows) {
                await change({ ...row, visibleMs: nowMs + 200, dequeueCount: row.dequeueCount + 1, receipt: 'r' });
              }
            } else if (act === 'hide' && chosen) await change({ ...chosen, visibleMs: nowMs + 5000, dequeueCount: 1 });
            else if (act === 'show' && chosen) await change({ ...chosen, visibleMs: nowMs, dequeueCount: 1 });
            else if (act === 'delete' && chosen) {
              await run(store(), [['messages', 'remove', chosen.id]]);
              model.delete(chosen.id);
            } else if (act === 'sweep') await run(store(), [['messages', 'removeExpired', nowMs, 100]]);
            const waiting = live().filter((row) => row.visibleMs > nowMs);
            assert.deepEqual(await store().reads.messages.counts(queueId, nowMs), {
              active: visible().length,
              inactive: waiting.filter((row) => row.dequeueCount > 0).length,
              delayed: waiting.filter((row) => row.dequeueCount === 0).length,
            });
            const [next] = await run(store(), [['messages', 'nextVisibleMs', queueId, nowMs]]);
            const times = waiting.filter((row) => row.visibleMs < row.expiresMs).map((row) => row.visibleMs);
            assert.equal(next, times.length === 0 ? undefined : Math.min(...times));
            for (const row of live()) assert.deepEqual((await run(store(), [['messages', 'get', row.id]]))[0], row);
          }
        }),
        { numRuns: cases(25) },
      );
    });

    test('of a removed queue are gone at once, however many, and are cleared away later', async () => {
      const [queueId, other] = [await makeQueue('q'), await makeQueue('other')];
      const rows = Array.from({ length: 50 }, (_, n) => messageRow({ queueId, visibleMs: n % 2 === 0 ? 1000 : 5000 }));
      const [first] = await run(
        store(),
        rows.map((row) => ['messages', 'insert', row] as const),
      );
      await run(store(), [['messages', 'insert', messageRow({ queueId: other })]]);
      await run(store(), [['queues', 'remove', queueId]]);
      const [got, receivable] = await run(store(), [
        ['messages', 'get', first?.id ?? 0],
        ['messages', 'receivable', queueId, 9000, 10],
      ]);
      assert.equal(got, undefined);
      assert.deepEqual(receivable, []);
      assert.deepEqual(await store().reads.messages.counts(queueId, 9000), { active: 0, inactive: 0, delayed: 0 });
      for (let removed = 30; removed === 30; )
        [removed] = await run(store(), [['messages', 'removeExpired', 2000, 30]]);
      assert.deepEqual(await store().reads.messages.counts(other, 2000), { active: 1, inactive: 0, delayed: 0 });
    });

    test('are removed when expired, some at a time', async () => {
      const queueId = await makeQueue();
      await run(
        store(),
        Array.from(
          { length: 5 },
          (_, n) => ['messages', 'insert', messageRow({ queueId, expiresMs: 2000 + n })] as const,
        ),
      );
      const sweep = async (nowMs: number, limit: number) =>
        (await run(store(), [['messages', 'removeExpired', nowMs, limit]]))[0];
      assert.equal(await sweep(2003, 3), 3);
      assert.equal(await sweep(2003, 3), 1);
      assert.equal(await sweep(2003, 3), 0);
      assert.deepEqual(await store().reads.messages.counts(queueId, 2003), { active: 1, inactive: 0, delayed: 0 });
    });
  });

  describe('what few have', () => {
    const property = { name: 'n', value: '值', type: 'STRING' } as const;
    const deadLetters = { enabled: true, targetQueue: 'd', maxReceiveCount: 3 };

    test('comes back as it was put, of queues, topics, subscriptions and messages', async () => {
      const traits = { deadLetters, receiveLimit: { enabled: false, perSecond: 5 }, tags: { k: 'v' } };
      const [queue, topic] = await run(store(), [
        ['queues', 'insert', queueRow({ name: 'q', traits })],
        ['topics', 'insert', topicRow({ name: 't', traits: { tags: { k: '' } } })],
      ]);
      assert.deepEqual((await store().reads.queues.byName('1', 'q'))?.traits, traits);
      assert.deepEqual((await store().reads.topics.byId(topic.id))?.traits, { tags: { k: '' } });
      const [subscription, message] = await run(store(), [
        [
          'topics',
          'insertSubscription',
          subscriptionRow({
            topicId: topic.id,
            name: 's',
            traits: { deadLetters: { enabled: true, targetQueue: 'd' } },
          }),
        ],
        [
          'messages',
          'insert',
          messageRow({ queueId: queue.id, traits: { user: [property], system: [property], group: 'g' } }),
        ],
      ]);
      assert.deepEqual(await store().reads.topics.subscriptionById(subscription.id), subscription);
      const [rows] = await run(store(), [['messages', 'receivable', queue.id, 1000, 1]]);
      assert.deepEqual(rows, [message]);
      await run(store(), [['queues', 'update', { ...queue, traits: {} }]]);
      assert.deepEqual((await store().reads.queues.byName('1', 'q'))?.traits, {});
    });
  });

  describe('dying messages', () => {
    test('are inactive until they are taken, and received by nobody', async () => {
      const [queueId, other] = [await makeQueue('q'), await makeQueue('other')];
      const dead = { dying: true, dequeueCount: 3, visibleMs: 5000 };
      const [late, early, lively] = await run(store(), [
        ['messages', 'insert', messageRow({ queueId, ...dead, visibleMs: 6000 })],
        ['messages', 'insert', messageRow({ queueId: other, ...dead })],
        ['messages', 'insert', messageRow({ queueId, visibleMs: 5500, dequeueCount: 1 })],
      ]);
      assert.equal(await store().reads.messages.nextDeathMs(), 5000);
      const look = async (nowMs: number) => {
        const [dying, receivable, next] = await run(store(), [
          ['messages', 'dying', nowMs, 10],
          ['messages', 'receivable', queueId, nowMs, 10],
          ['messages', 'nextVisibleMs', queueId, nowMs],
        ]);
        return { dying, receivable, next };
      };
      assert.deepEqual(await look(4999), { dying: [], receivable: [], next: 5500 });
      assert.deepEqual(await look(7000), { dying: [early, late], receivable: [lively], next: undefined });
      assert.deepEqual(await store().reads.messages.counts(queueId, 7000), { active: 1, inactive: 1, delayed: 0 });
      await run(store(), [
        ['messages', 'update', { ...late, dying: false }],
        ['messages', 'remove', early.id],
      ]);
      assert.equal(await store().reads.messages.nextDeathMs(), undefined);
      assert.deepEqual(await store().reads.messages.counts(queueId, 7000), { active: 2, inactive: 0, delayed: 0 });
      assert.deepEqual((await look(7000)).receivable, [{ ...late, dying: false }, lively]);
    });

    test('expire like all others', async () => {
      const queueId = await makeQueue();
      const row = messageRow({ queueId, dying: true, dequeueCount: 1, visibleMs: 9000, expiresMs: 2000 });
      await run(store(), [['messages', 'insert', row]]);
      assert.deepEqual(await store().reads.messages.counts(queueId, 2000), { active: 0, inactive: 0, delayed: 0 });
      assert.deepEqual(await run(store(), [['messages', 'removeExpired', 2000, 10]]), [1]);
    });
  });

  describe('pushes', () => {
    const due = async (subscriptionId: number, nowMs: number, limit = 10): Promise<PushRow[]> =>
      (await run(store(), [['pushes', 'due', subscriptionId, nowMs, limit]]))[0];

    test('are due by subscription, earliest first, until they are given up or removed', async () => {
      const insert = (more: Partial<PushRow>) =>
        ['pushes', 'insert', pushRow({ subscriptionId: 3, traits: { group: 'g' }, ...more })] as const;
      const [b, a, other, late] = await run(store(), [
        insert({ dueMs: 20 }),
        insert({ dueMs: 10 }),
        insert({ dueMs: 5, subscriptionId: 7 }),
        insert({ dueMs: 30 }),
      ]);
      assert.deepEqual(await due(3, 20), [a, b]);
      assert.deepEqual(await due(3, 20, 1), [a]);
      assert.deepEqual(await due(7, 4), []);
      assert.deepEqual(await store().reads.pushes.subscriptions(), [3, 7]);
      assert.equal(await store().reads.pushes.waiting(3), 3);
      const tried = { ...a, dueMs: 40, attempts: 1, fault: '值' };
      const lost = { ...b, attempts: 4, givenUpMs: 50 };
      await run(store(), [
        ['pushes', 'update', tried],
        ['pushes', 'update', lost],
        ['pushes', 'remove', other.id],
      ]);
      assert.deepEqual(await due(3, 100), [late, tried]);
      assert.deepEqual(await run(store(), [['pushes', 'nextDueMs', 3]]), [30]);
      assert.deepEqual(await store().reads.pushes.subscriptions(), [3]);
      assert.deepEqual(await store().reads.pushes.get(lost.id), lost);
      assert.deepEqual(await store().reads.pushes.givenUp(10), [lost]);
    });

    test('of one subscription are removed some at a time, and given-up ones by age', async () => {
      const insert = (more: Partial<PushRow>) => ['pushes', 'insert', pushRow({ subscriptionId: 1, ...more })] as const;
      const [, , , old, young] = await run(store(), [
        insert({}),
        insert({}),
        insert({ givenUpMs: 10 }),
        insert({ subscriptionId: 2, givenUpMs: 10 }),
        insert({ subscriptionId: 2, givenUpMs: 20 }),
      ]);
      assert.deepEqual(await run(store(), [['pushes', 'removeOf', 1, 2]]), [2]);
      assert.deepEqual(await run(store(), [['pushes', 'removeOf', 1, 2]]), [1]);
      assert.deepEqual(await store().reads.pushes.givenUp(10), [young, old]);
      assert.deepEqual(await run(store(), [['pushes', 'removeGivenUp', 20, 10]]), [1]);
      assert.deepEqual(await store().reads.pushes.givenUp(10), [young]);
    });
  });
}
