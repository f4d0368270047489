import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { openSqliteStore } from '../../stores/sqlite/sqlite-record-store.ts';
import { Identities } from '../identities.ts';
import type { PushRequest } from '../ports/push-sender.ts';
import type { SubscriptionRow } from '../ports/queue-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import { DeadLetterKeeper } from './dead-letter-keeper.ts';
import { MovedClock } from './moved-clock.ts';
import { type PushAttempt, PushService } from './push-service.ts';
import { QueueService } from './queue-service.ts';
import { retryDelayMs } from './retry-schedule.ts';
import { TopicService } from './topic-service.ts';

const accountId = '1000000000000001';
const region = 'cn-hangzhou';
const folder = mkdtempSync(join(tmpdir(), 'millrace-pushes-'));
const faults: unknown[] = [];
const onFault = (fault: unknown): void => void faults.push(fault);
let records: RecordStore;
let clock: MovedClock;
let identities: Identities;
let queues: QueueService;
let topics: TopicService;
let pushes: PushService;
let keeper: DeadLetterKeeper;
let ended: PushAttempt[];
let answer: (request: PushRequest, signal: AbortSignal) => Promise<{ status: number }>;
let number = 0;
let topic: { accountId: string; topic: string };

const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await setImmediate();
};

function open(): void {
  identities = new Identities(clock, { bytes: (count) => randomBytes(count) });
  pushes = new PushService({
    records,
    sender: { send: (request, signal) => answer(request, signal), fault: () => undefined },
    clock,
    identities,
    region,
    chance: () => 0.5,
    attempted: (attempt) => ended.push(attempt),
    onFault,
  });
}

const subscribe = (
  name: string,
  endpoint: string,
  notifyStrategy: SubscriptionRow['notifyStrategy'] = 'BACKOFF_RETRY',
  deadLetterQueue?: string,
) =>
  topics.subscribe({
    ...topic,
    subscription: name,
    endpoint,
    filterTag: '',
    notifyStrategy,
    notifyContentFormat: 'SIMPLIFIED',
    ...(deadLetterQueue === undefined
      ? {}
      : { traits: { deadLetters: { enabled: true, targetQueue: deadLetterQueue } } }),
  });

const receive = async (queue: string) =>
  queues.receive({ accountId, queue }, { count: 16, waitSeconds: 0, signal: new AbortController().signal });

before(async () => {
  records = await openSqliteStore({ folder });
});

after(async () => {
  pushes.close();
  keeper.close();
  queues.close();
  await records.close();
  rmSync(folder, { recursive: true });
  assert.deepEqual(faults, []);
});

beforeEach(async () => {
  if (number > 0) await topics.delete(topic);
  pushes?.close();
  keeper?.close();
  queues?.close();
  clock = new MovedClock();
  ended = [];
  answer = async () => ({ status: 204 });
  open();
  queues = new QueueService({ records, clock, identities, onFault });
  topics = new TopicService({ records, clock, identities });
  keeper = new DeadLetterKeeper({ records, clock, region, onFault });
  await pushes.start();
  keeper.start();
  number += 1;
  topic = { accountId, topic: `topic-${number}` };
  await topics.create(topic, {});
});

describe('a push', () => {
  test('goes to its URL with what the message is, and is over when it is taken', async () => {
    const seen: PushRequest[] = [];
    answer = async (request) => {
      seen.push(request);
      return { status: 201 };
    };
    await subscribe('s', 'http://receiver.example');
    const { messageId } = await topics.publish(topic, { body: 'news', tag: '红' });
    await until(() => ended.length === 1);
    const [request] = seen;
    assert.equal(request?.url.href, 'http://receiver.example/notifications');
    assert.deepEqual([request?.body, request?.contentType], ['news', 'text/plain;charset=utf-8']);
    assert.equal(request?.headers['x-mns-message-id'], messageId);
    assert.equal(request?.headers['x-mns-message-tag'], '%E7%BA%A2');
    assert.equal(await topics.waiting(await topics.describe(topic)), 0);
  });

  test('is tried three times more by BACKOFF_RETRY, then kept for somebody to see and replay', async () => {
    const times: number[] = [];
    answer = async () => {
      times.push(clock.now());
      return { status: 500 };
    };
    await subscribe('s', 'http://receiver.example/x');
    await topics.publish(topic, { body: 'a' });
    for (let attempt = 1; attempt <= 4; attempt++) {
      await until(() => ended.length === attempt);
      clock.advance(14_999);
      await setImmediate();
      assert.equal(ended.length, attempt);
      clock.advance(1);
    }
    assert.deepEqual(
      times.map((at) => at - (times[0] ?? 0)),
      [0, 15_000, 30_000, 45_000],
    );
    const lost = (await pushes.givenUp()).find((push) => push.topic === topic.topic);
    assert.deepEqual([lost?.subscription, lost?.attempts, lost?.fault], ['s', 4, 'Answered with status 500.']);
    answer = async () => ({ status: 200 });
    assert.equal(await pushes.replay(lost?.id ?? 0), true);
    await until(() => ended.at(-1)?.outcome === 'delivered');
    assert.equal(await pushes.replay(lost?.id ?? 0), false);
  });

  const HOUR_MS = 3_600_000;
  const hang: typeof answer = (_, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const ailments: [what: string, fails: typeof answer, attemptSeconds: number][] = [
    ['answers 500', async () => ({ status: 500 }), 0],
    ['sends elsewhere with 301', async () => ({ status: 301 }), 0],
    ['is not there', () => Promise.reject(new Error('connect ECONNREFUSED')), 0],
    // As one is that drips: nothing counts but a whole head in time.
    ['hangs', hang, 5],
  ];
  for (const [what, fails, attemptSeconds] of ailments) {
    test(`keeps to its schedule while its receiver ${what} for an hour, delays no other, and is then delivered`, async () => {
      const began = clock.now();
      const times: number[] = [];
      answer = (request, signal) => {
        if (request.url.host === 'well.example') return Promise.resolve({ status: 200 });
        times.push((clock.now() - began) / 1000);
        return clock.now() - began < HOUR_MS ? fails(request, signal) : Promise.resolve({ status: 200 });
      };
      await subscribe('ill', 'http://ill.example/x', 'EXPONENTIAL_DECAY_RETRY');
      await subscribe('well', 'http://well.example/x');
      await topics.publish(topic, { body: 'a' });
      await until(() => ended.some(({ subscription }) => subscription === 'well'));
      const tried = () => ended.filter(({ subscription }) => subscription === 'ill');
      const expected: number[] = [];
      for (let attempt = 1, at = 0; tried().at(-1)?.outcome !== 'delivered'; attempt++) {
        expected.push(at);
        await until(() => times.length === attempt);
        clock.advance(at < HOUR_MS / 1000 ? attemptSeconds * 1000 : 0);
        await until(() => tried().length === attempt);
        const delay = Math.min(2 ** (attempt - 1), 512);
        at += attemptSeconds + delay;
        if (tried().at(-1)?.outcome !== 'delivered') clock.advance(delay * 1000);
      }
      assert.deepEqual(times, expected);
      assert.ok((times.at(-1) ?? 0) >= HOUR_MS / 1000);
      assert.equal(ended.filter(({ subscription }) => subscription === 'well').length, 1);
      assert.equal(await topics.waiting(await topics.describe(topic)), 0);
    });
  }

  test('that hangs is cut after five seconds and holds up no other subscription', async () => {
    answer = ({ url }, signal) =>
      url.host === 'hangs.example'
        ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        : Promise.resolve({ status: 200 });
    await subscribe('hangs', 'http://hangs.example/');
    await subscribe('well', 'http://well.example/');
    for (let n = 0; n < 40; n++) await topics.publish(topic, { body: String(n) });
    await until(() => ended.filter(({ subscription }) => subscription === 'well').length === 40);
    assert.equal(ended.length, 40);
    clock.advance(5_000);
    await until(() => ended.length >= 56);
    assert.equal(ended.at(-1)?.failure, 'No answer within 5 seconds.');
    assert.equal(await topics.waiting(await topics.describe(topic)), 40);
  });

  test('of an earlier process is tried by the next', async () => {
    answer = (_, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    await subscribe('s', 'http://receiver.example/x');
    let begun = 0;
    const hang = answer;
    answer = (request, signal) => {
      begun += 1;
      return hang(request, signal);
    };
    await topics.publish(topic, { body: 'a' });
    await until(() => begun === 1);
    pushes.close();
    answer = async () => ({ status: 200 });
    clock.advance(20_000);
    open();
    await pushes.start();
    await until(() => ended.at(-1)?.outcome === 'delivered');
    assert.equal(ended.at(-1)?.attempt, 2);
  });

  test('goes to the dead letters of its subscription when no attempt is left', async () => {
    const queue = `dead-${number}`;
    await queues.create({ accountId, queue }, {});
    answer = async () => ({ status: 403 });
    await subscribe('s', 'http://receiver.example/x', 'BACKOFF_RETRY', queue);
    const { messageId } = await topics.publish(topic, { body: 'a' });
    for (let attempt = 1; attempt <= 4; attempt++) {
      await until(() => ended.length === attempt);
      clock.advance(15_000);
    }
    const [dead] = await receive(queue);
    assert.equal(dead?.body, 'a');
    assert.deepEqual(
      dead?.traits.system?.map(({ value }) => value),
      ['TOPIC', `acs:mns:${region}:${accountId}:topics/${topic.topic}`, messageId],
    );
  });

  test('to a queue that is missing waits for one of that name', async () => {
    const queue = `late-${number}`;
    await queues.create({ accountId, queue }, {});
    await subscribe('s', `acs:mns:r:1:queues/${queue}`);
    await queues.delete({ accountId, queue });
    await topics.publish(topic, { body: 'a' });
    await until(() => ended.length === 1);
    await queues.create({ accountId, queue }, {});
    clock.advance(15_000);
    await until(async () => (await topics.waiting(await topics.describe(topic))) === 0);
    assert.deepEqual(
      (await receive(queue)).map(({ body }) => body),
      ['a'],
    );
  });
});

describe('a message received too often', () => {
  test('moves to the dead letters of its queue when its last time-out ends, and wakes whoever waits there', async () => {
    const [queue, dead] = [`source-${number}`, `graves-${number}`];
    await queues.create({ accountId, queue: dead }, {});
    const deadLetters = { enabled: true, targetQueue: dead, maxReceiveCount: 2 };
    await queues.create({ accountId, queue }, {}, { deadLetters });
    await queues.send({ accountId, queue }, [{ body: 'poison' }]);
    const [first] = await receive(queue);
    clock.advance(30_000);
    const [second] = await receive(queue);
    assert.deepEqual([second?.messageId, second?.dequeueCount], [first?.messageId, 2]);
    clock.advance(10_000);
    const waiting = queues.receive(
      { accountId, queue: dead },
      { count: 1, waitSeconds: 30, signal: new AbortController().signal },
    );
    await setImmediate();
    let moved = false;
    void waiting.then(() => {
      moved = true;
    });
    clock.advance(19_999);
    assert.deepEqual(await receive(queue), []);
    assert.equal(moved, false);
    clock.advance(1);
    const [letter] = await waiting;
    assert.deepEqual([letter?.body, letter?.dequeueCount], ['poison', 1]);
    assert.deepEqual(
      letter?.traits.system?.map(({ value }) => value),
      ['QUEUE', `acs:mns:${region}:${accountId}:queues/${queue}`, first?.messageId],
    );
    assert.deepEqual(await receive(queue), []);
  });

  test('stays gone when it is deleted in time, and comes back when its dead letters have nowhere to go', async () => {
    const [queue, dead] = [`source-${number}`, `graves-${number}`];
    await queues.create({ accountId, queue: dead }, {});
    const deadLetters = { enabled: true, targetQueue: dead, maxReceiveCount: 1 };
    await queues.create({ accountId, queue }, {}, { deadLetters });
    await queues.send({ accountId, queue }, [{ body: 'done' }, { body: 'poison' }]);
    const [done] = await receive(queue);
    assert.deepEqual(await queues.deleteMessages({ accountId, queue }, [done?.receiptHandle ?? '']), ['deleted']);
    await queues.delete({ accountId, queue: dead });
    clock.advance(30_000);
    await until(async () => (await queues.describe({ accountId, queue })).counts.active === 1);
    assert.deepEqual(
      (await receive(queue)).map(({ body }) => body),
      ['poison'],
    );
  });
});

test('the schedules of both strategies are the documented ones', () => {
  const delays = (strategy: SubscriptionRow['notifyStrategy'], chance: number): number[] => {
    const found: number[] = [];
    for (let delay = retryDelayMs(strategy, 1, chance); delay !== undefined; ) {
      found.push(delay / 1000);
      delay = retryDelayMs(strategy, found.length + 1, chance);
    }
    return found;
  };
  assert.deepEqual(delays('BACKOFF_RETRY', 0), [10, 10, 10]);
  const decay = delays('EXPONENTIAL_DECAY_RETRY', 0);
  assert.deepEqual(decay.slice(0, 11), [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512]);
  assert.equal(decay.length, 176);
});
