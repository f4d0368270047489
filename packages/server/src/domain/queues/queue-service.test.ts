import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { openSqliteStore } from '../../stores/sqlite/sqlite-record-store.ts';
import { isDomainError } from '../errors.ts';
import { Identities } from '../identities.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { Delivery } from './message.ts';
import { MovedClock } from './moved-clock.ts';
import { QueueService } from './queue-service.ts';
import { TopicService } from './topic-service.ts';

const accountId = '1000000000000001';
const folder = mkdtempSync(join(tmpdir(), 'millrace-queues-'));
let store: RecordStore;
let clock: MovedClock;
let queues: QueueService;
let topics: TopicService;
/** How often a receiver has looked and been answered. */
let looks: number;
/** Called when a look has been answered, before the service learns of it. */
let answered: () => void;
let number = 0;
let name: { accountId: string; queue: string };
const faults: unknown[] = [];

/** The store, counting what receivers ask of it. */
const counted = (records: RecordStore): RecordStore => ({
  reads: records.reads,
  transact(command, input) {
    const result = records.transact(command, input);
    const count = () => {
      looks += 1;
      answered();
    };
    if (command === 'receiveMessages') void result.then(count, count);
    return result;
  },
  onCommit: (listener) => records.onCommit(listener),
  probe: () => records.probe(),
  close: () => records.close(),
});

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await setImmediate();
};

const never = new AbortController().signal;

const receive = (count = 1, waitSeconds = 0, signal: AbortSignal = never): Promise<Delivery[]> =>
  queues.receive(name, { count, waitSeconds, signal });

/** A receiver that has looked once, found nothing, and waits. */
async function parked(count = 1, signal: AbortSignal = never): Promise<Promise<Delivery[]>[]> {
  const before = looks;
  const waiting = receive(count, 30, signal);
  waiting.catch(() => {});
  await until(() => looks > before);
  // Wrapped, since awaiting this function must not await the receiver.
  return [waiting];
}

const bodies = (deliveries: readonly Delivery[] | undefined): string[] => (deliveries ?? []).map(({ body }) => body);

const only = (deliveries: readonly Delivery[]): Delivery => {
  const [delivery] = deliveries;
  assert.ok(delivery);
  assert.equal(deliveries.length, 1);
  return delivery;
};

before(async () => {
  store = await openSqliteStore({ folder });
});

after(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
  assert.deepEqual(faults, []);
});

beforeEach(async () => {
  queues?.close();
  clock = new MovedClock();
  looks = 0;
  answered = () => {};
  const identities = new Identities(clock, { bytes: (count) => randomBytes(count) });
  const records = counted(store);
  queues = new QueueService({ records, clock, identities, onFault: (fault) => faults.push(fault) });
  topics = new TopicService({ records, clock, identities });
  number += 1;
  name = { accountId, queue: `queue-${number}` };
  await queues.create(name, {});
});

describe('queues', () => {
  test('are made once, and again only with the same attributes', async () => {
    assert.deepEqual(await queues.create(name, {}), { created: false });
    await assert.rejects(queues.create(name, { delaySeconds: 1 }), (error) => isDomainError(error, 'QueueExists'));
    await queues.setAttributes(name, { delaySeconds: 1 });
    assert.deepEqual(await queues.create(name, { delaySeconds: 1 }), { created: false });
    assert.equal((await queues.describe(name)).queue.visibilityTimeoutSeconds, 30);
  });

  test('of two accounts may have the same name', async () => {
    const other = { ...name, accountId: '2000000000000002' };
    assert.deepEqual(await queues.create(other, {}), { created: true });
    await queues.send(other, [{ body: 'theirs' }]);
    assert.deepEqual(await receive(), []);
  });

  test('are listed by name in pages', async () => {
    for (const suffix of ['b', 'a', 'c']) await queues.create({ accountId, queue: `page-${number}-${suffix}` }, {});
    const query = { accountId, prefix: `page-${number}-`, limit: 2 };
    const first = await queues.list({ ...query, after: '' });
    assert.deepEqual([first.queues.map((row) => row.name.at(-1)), first.next], [['a', 'b'], `page-${number}-b`]);
    const second = await queues.list({ ...query, after: first.next ?? '' });
    assert.deepEqual([second.queues.map((row) => row.name.at(-1)), second.next], [['c'], undefined]);
  });

  test('count their messages by state', async () => {
    await queues.send(name, [{ body: 'a' }, { body: 'b' }, { body: 'c', delaySeconds: 60 }]);
    await receive();
    assert.deepEqual((await queues.describe(name)).counts, { active: 1, inactive: 1, delayed: 1 });
  });
});

describe('a message', () => {
  test('is invisible while its receiver works on it, and comes back afterwards', async () => {
    const sentMs = clock.now();
    await queues.send(name, [{ body: 'work' }]);
    clock.advance(5);
    const first = only(await receive());
    assert.deepEqual(
      { ...first, receiptHandle: '', messageId: '' },
      {
        receiptHandle: '',
        messageId: '',
        body: 'work',
        bodyMd5: '67E92C8765A9BC7FB2D335C459DE9EB5',
        priority: 8,
        enqueuedMs: sentMs,
        firstDequeuedMs: sentMs + 5,
        nextVisibleMs: sentMs + 5 + 30_000,
        dequeueCount: 1,
        traits: {},
      },
    );
    assert.deepEqual(await receive(), []);
    clock.advance(30_000);
    const second = only(await receive());
    assert.deepEqual([second.messageId, second.dequeueCount], [first.messageId, 2]);
    assert.equal(second.firstDequeuedMs, sentMs + 5);
    assert.notEqual(second.receiptHandle, first.receiptHandle);
  });

  test('never returns once deleted', async () => {
    await queues.send(name, [{ body: 'a' }]);
    const { receiptHandle } = only(await receive());
    assert.deepEqual(await queues.deleteMessages(name, [receiptHandle, receiptHandle]), ['deleted', 'NoMessage']);
    clock.advance(60_000);
    assert.deepEqual(await receive(), []);
  });

  test('is delivered before others when its priority is lower in number, and after older ones of the same', async () => {
    await queues.send(name, [
      { body: 'old' },
      { body: 'last', priority: 16 },
      { body: 'new' },
      { body: 'first', priority: 1 },
    ]);
    assert.deepEqual(bodies(await receive(16)), ['first', 'old', 'new', 'last']);
  });

  test('is gone when its retention is over, and is swept', async () => {
    await queues.setAttributes(name, { messageRetentionSeconds: 60 });
    await queues.send(name, [{ body: 'a' }]);
    const { receiptHandle } = only(await receive());
    clock.advance(60_000);
    assert.deepEqual(await queues.deleteMessages(name, [receiptHandle]), ['NoMessage']);
    assert.deepEqual((await queues.describe(name)).counts, { active: 0, inactive: 0, delayed: 0 });
    assert.equal(await store.transact('removeExpiredMessages', { nowMs: clock.now(), limit: 100 }), 1);
    assert.deepEqual(await receive(), []);
  });

  test('that is too large for the queue is refused without keeping back the others of its batch', async () => {
    await queues.setAttributes(name, { maximumMessageSize: 1024 });
    const outcomes = await queues.send(name, [{ body: 'é'.repeat(513) }, { body: 'é'.repeat(512) }]);
    assert.deepEqual(
      outcomes.map((outcome) => Object.keys(outcome)[0]),
      ['refused', 'sent'],
    );
    assert.deepEqual(bodies(await receive(16)), ['é'.repeat(512)]);
  });

  test('looked at is not taken, and shows its time of sending as first dequeue time', async () => {
    await queues.send(name, [{ body: 'a' }]);
    const [peeked] = await queues.peek(name, 1);
    assert.deepEqual([peeked?.dequeueCount, peeked?.firstDequeuedMs], [0, clock.now()]);
    assert.deepEqual(bodies(await receive()), ['a']);
    assert.deepEqual(await queues.peek(name, 1), []);
  });

  test('can be deleted while it is delayed, by the handle of its send', async () => {
    const [outcome] = await queues.send(name, [{ body: 'half', delaySeconds: 100 }]);
    assert.ok(outcome !== undefined && 'sent' in outcome);
    assert.deepEqual(await queues.deleteMessages(name, [outcome.sent.receiptHandle ?? '']), ['deleted']);
    clock.advance(100_000);
    assert.deepEqual(await receive(), []);
  });
});

describe('a receipt handle', () => {
  test('dies when the message becomes visible, even if nobody receives it', async () => {
    await queues.send(name, [{ body: 'a' }]);
    const { receiptHandle } = only(await receive());
    clock.advance(29_999);
    assert.ok((await queues.changeVisibility(name, receiptHandle, 1)).receiptHandle);
    clock.advance(1_000);
    assert.deepEqual(await queues.deleteMessages(name, [receiptHandle]), ['NoMessage']);
  });

  test('from before a visibility change is good until the new visible time', async () => {
    await queues.send(name, [{ body: 'a' }]);
    const { receiptHandle } = only(await receive());
    const changed = await queues.changeVisibility(name, receiptHandle, 60);
    assert.equal(changed.nextVisibleMs, clock.now() + 60_000);
    assert.notEqual(changed.receiptHandle, receiptHandle);
    clock.advance(59_999);
    assert.deepEqual(await queues.deleteMessages(name, [receiptHandle, changed.receiptHandle]), [
      'deleted',
      'NoMessage',
    ]);
  });

  test('is refused when it has another shape or belongs to another queue', async () => {
    const other = { accountId, queue: `${name.queue}-other` };
    await queues.create(other, {});
    await queues.send(name, [{ body: 'a' }]);
    const { receiptHandle } = only(await receive());
    assert.match(receiptHandle, /^[A-Za-z0-9-]+$/);
    assert.deepEqual(await queues.deleteMessages(other, [receiptHandle]), ['ReceiptHandleInvalid']);
    const odd = ['', 'x', '8-1', '8-1-2-3', '8-zzzzzzzzzzz-0123456789abcdef', 'é'];
    assert.deepEqual(
      await queues.deleteMessages(name, odd),
      odd.map(() => 'ReceiptHandleInvalid'),
    );
    assert.deepEqual(await queues.deleteMessages(name, ['8-zzzzz-0123456789abcdef']), ['NoMessage']);
    await assert.rejects(queues.changeVisibility(name, 'x', 1), (error) =>
      isDomainError(error, 'ReceiptHandleInvalid'),
    );
  });
});

describe('a waiting receiver', () => {
  test('is woken by a send', async () => {
    const [waiting] = await parked();
    await queues.send(name, [{ body: 'a' }]);
    assert.deepEqual(bodies(await waiting), ['a']);
  });

  test('is woken when a delay ends, whether it was sent before or during the wait', async () => {
    await queues.send(name, [{ body: 'before', delaySeconds: 10 }]);
    const [first] = await parked();
    clock.advance(10_000);
    assert.deepEqual(bodies(await first), ['before']);
    const [second] = await parked();
    await queues.send(name, [{ body: 'during', delaySeconds: 3 }]);
    clock.advance(3_000);
    assert.deepEqual(bodies(await second), ['during']);
  });

  test('is woken when a visibility time-out ends', async () => {
    await queues.setAttributes(name, { visibilityTimeoutSeconds: 4 });
    await queues.send(name, [{ body: 'a' }]);
    await receive();
    const [waiting] = await parked();
    clock.advance(4_000);
    assert.equal(only((await waiting) ?? []).dequeueCount, 2);
  });

  test('is woken when a visibility change brings the time forward', async () => {
    await queues.send(name, [{ body: 'a' }]);
    const { receiptHandle } = only(await receive());
    const [first] = await parked();
    await queues.changeVisibility(name, receiptHandle, 0);
    const again = only((await first) ?? []);
    const [second] = await parked();
    await queues.changeVisibility(name, again.receiptHandle, 2);
    clock.advance(2_000);
    assert.equal(only((await second) ?? []).dequeueCount, 3);
  });

  test('is woken without being told, since news between processes may be lost', async () => {
    const deaf = new QueueService({
      records: { ...counted(store), onCommit: () => () => {} },
      clock,
      identities: new Identities(clock, { bytes: (count) => randomBytes(count) }),
      onFault: (fault) => faults.push(fault),
    });
    const waiting = deaf.receive(name, { count: 1, waitSeconds: 30, signal: never });
    await until(() => looks === 1);
    await queues.send(name, [{ body: 'a' }]);
    clock.advance(5_000);
    assert.deepEqual(bodies(await waiting), ['a']);
  });

  test('is answered with nothing when its time is up', async () => {
    const [waiting] = await parked();
    clock.advance(30_000);
    assert.deepEqual(await waiting, []);
  });

  test('uses the polling time of the queue when it names none', async () => {
    await queues.setAttributes(name, { pollingWaitSeconds: 2 });
    const waiting = queues.receive(name, { count: 1, signal: never });
    await until(() => looks === 1);
    await queues.send(name, [{ body: 'a' }]);
    assert.deepEqual(bodies(await waiting), ['a']);
    assert.deepEqual(await receive(1, 0), []);
  });

  test('gets what its batch can get as soon as there is one message', async () => {
    const [waiting] = await parked(16);
    await queues.send(name, [{ body: 'a' }, { body: 'b' }]);
    assert.deepEqual(bodies(await waiting), ['a', 'b']);
  });

  test('shares: two receivers and one message make one delivery', async () => {
    const [first] = await parked();
    const [second] = await parked();
    await queues.send(name, [{ body: 'a' }]);
    assert.deepEqual(bodies(await first), ['a']);
    clock.advance(29_999);
    await queues.send(name, [{ body: 'b' }]);
    assert.deepEqual(bodies(await second), ['b']);
  });

  test('that has gone gets nothing, and what was on its way to it is there for others, not counted', async () => {
    const controller = new AbortController();
    const [gone] = await parked(1, controller.signal);
    controller.abort();
    assert.deepEqual(await gone, []);
    await queues.send(name, [{ body: 'a' }]);
    const leaving = new AbortController();
    answered = () => leaving.abort();
    assert.deepEqual(await receive(1, 30, leaving.signal), []);
    const delivery = only(await receive(1, 30));
    assert.deepEqual([delivery.body, delivery.dequeueCount], ['a', 1]);
  });

  test('is told when the queue is deleted, and takes nothing of a queue made again under the name', async () => {
    const [waiting] = await parked();
    const told = assert.rejects(waiting ?? Promise.resolve(), (error) => isDomainError(error, 'QueueMissing'));
    await queues.delete(name);
    await told;
    await queues.create(name, {});
    await queues.send(name, [{ body: 'new' }]);
    assert.deepEqual(bodies(await receive()), ['new']);
  });

  test('gives back what could not be handed over', async () => {
    await queues.send(name, [{ body: 'a' }]);
    const lost = await receive();
    const [waiting] = await parked();
    await queues.giveBack(lost);
    const delivery = only((await waiting) ?? []);
    assert.deepEqual([delivery.dequeueCount, delivery.firstDequeuedMs], [1, clock.now()]);
    await queues.giveBack(lost);
    assert.deepEqual(await receive(), []);
  });

  test('is sent away when the service closes, and later ones do not wait', async () => {
    const [waiting] = await parked();
    queues.close();
    assert.deepEqual(await waiting, []);
    assert.deepEqual(await receive(1, 30), []);
  });

  test('gets every message once, however many receivers and messages there are', async () => {
    const all = Array.from({ length: 100 }, (_, index) => `m${index}`);
    const receivers = Array.from({ length: 100 }, () => receive(1, 30));
    for (let start = 0; start < all.length; start += 10) {
      await queues.send(
        name,
        all.slice(start, start + 10).map((body) => ({ body })),
      );
    }
    const got = (await Promise.all(receivers)).flatMap(bodies);
    assert.deepEqual(got.sort(), all.sort());
  });
});

describe('a topic', () => {
  const subscription = (format: 'XML' | 'JSON' | 'SIMPLIFIED', filterTag = '') => ({
    accountId,
    topic: `topic-${number}`,
    subscription: `s-${format}-${filterTag || 'all'}`,
    endpoint: `acs:mns:cn-hangzhou:127:queues/${name.queue}`,
    filterTag,
    notifyStrategy: 'BACKOFF_RETRY' as const,
    notifyContentFormat: format,
  });

  test('delivers to its subscribers in the format each chose, and wakes who waits there', async () => {
    const topic = { accountId, topic: `topic-${number}` };
    await topics.create(topic, {});
    await topics.publish(topic, { body: 'too early' });
    assert.deepEqual(await topics.subscribe(subscription('JSON')), { created: true });
    assert.deepEqual(await topics.subscribe(subscription('JSON')), { created: false });
    const [waiting] = await parked();
    const published = await topics.publish(topic, { body: '{"a":"<&"}' });
    const json = only((await waiting) ?? []);
    assert.equal(
      json.body,
      `{"TopicOwner":"${accountId}","Message":"{\\"a\\":\\"<&\\"}","Subscriber":"${accountId}",` +
        `"PublishTime":"${clock.now()}","SubscriptionName":"s-JSON-all","MessageMD5":"${published.bodyMd5}",` +
        `"TopicName":"topic-${number}","MessageId":"${published.messageId}"}`,
    );
    assert.notEqual(json.messageId, published.messageId);
    await topics.unsubscribe(subscription('JSON'));
    await topics.subscribe(subscription('SIMPLIFIED'));
    await topics.publish(topic, { body: 'plain' });
    assert.deepEqual(bodies(await receive(16)), ['plain']);
    await topics.unsubscribe(subscription('SIMPLIFIED'));
    await topics.subscribe(subscription('XML'));
    await topics.publish(topic, { body: 'a<b', tag: 'red' });
    const xml = only(await receive(16)).body;
    assert.match(xml, /^<\?xml version="1\.0" encoding="utf-8"\?>\n<Notification xmlns="[^"]+\/">\n {2}<TopicOwner>/);
    assert.match(xml, / {2}<Message>a&lt;b<\/Message>\n.* {2}<MessageTag>red<\/MessageTag>\n/s);
  });

  test('delivers by tag', async () => {
    const topic = { accountId, topic: `topic-${number}` };
    await topics.create(topic, {});
    await topics.subscribe(subscription('SIMPLIFIED', 'red'));
    assert.equal((await topics.publish(topic, { body: 'none' })).deliveries, 0);
    assert.equal((await topics.publish(topic, { body: 'blue', tag: 'blue' })).deliveries, 0);
    assert.equal((await topics.publish(topic, { body: 'red', tag: 'red' })).deliveries, 1);
    assert.deepEqual(bodies(await receive(16)), ['red']);
  });

  test('takes as subscribers only queues that exist and are large enough', async () => {
    const topic = { accountId, topic: `topic-${number}` };
    await topics.create(topic, {});
    const missing = { ...subscription('JSON'), endpoint: 'acs:mns:r:1:queues/nobody' };
    await assert.rejects(topics.subscribe(missing), (error) => isDomainError(error, 'QueueMissing'));
    await queues.setAttributes(name, { maximumMessageSize: 1024 });
    await assert.rejects(topics.subscribe(subscription('JSON')), /raise the queue's MaximumMessageSize/);
    const mail = { ...subscription('JSON'), endpoint: 'mail:directmail:somebody' };
    await assert.rejects(topics.subscribe(mail), (error) => isDomainError(error, 'InvalidArgument'));
  });

  test('goes with its subscriptions, and outlives its queues', async () => {
    const topic = { accountId, topic: `topic-${number}` };
    await topics.create(topic, {});
    await topics.subscribe(subscription('JSON'));
    await queues.delete(name);
    // It waits for a queue of that name.
    assert.equal((await topics.publish(topic, { body: 'a' })).deliveries, 1);
    assert.equal(await topics.waiting(await topics.describe(topic)), 1);
    await topics.delete(topic);
    await assert.rejects(topics.publish(topic, { body: 'a' }), (error) => isDomainError(error, 'TopicMissing'));
    await topics.create(topic, {});
    assert.deepEqual((await topics.listSubscriptions(topic, { prefix: '', after: '', limit: 10 })).subscriptions, []);
  });
});
