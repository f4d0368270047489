import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDomainError } from '../../domain/errors.ts';
import { WarmPool, type WarmPoolSettings, type WarmWorker } from './warm-pool.ts';

class FakeWorker implements WarmWorker {
  readonly number: number;
  ended = false;
  memoryBytes = 0;
  readonly exited: Promise<void>;
  #end: () => void = () => {};
  constructor(number: number) {
    this.number = number;
    this.exited = new Promise((resolve) => {
      this.#end = resolve;
    });
  }
  kill(): void {
    this.ended = true;
    this.#end();
  }
}

function poolOf(settings: Partial<WarmPoolSettings<FakeWorker>>): { pool: WarmPool<FakeWorker>; made: FakeWorker[] } {
  const made: FakeWorker[] = [];
  const pool = new WarmPool<FakeWorker>({
    name: 'fake',
    size: 1,
    jobsPerWorker: 100,
    memoryBytes: 1000,
    queueLimit: 10,
    start: async () => {
      const worker = new FakeWorker(made.length);
      made.push(worker);
      return worker;
    },
    ...settings,
  });
  return { pool, made };
}

const signal = new AbortController().signal;
const number = async (worker: FakeWorker) => worker.number;

test('starts nothing before the first job, and no more workers than its size', async () => {
  const { pool, made } = poolOf({ size: 2 });
  assert.equal(made.length, 0);
  await Promise.all(Array.from({ length: 8 }, () => pool.use(signal, 1000, async () => {})));
  assert.equal(made.length, 2);
  await pool.close();
});

test('tells every waiting job when no worker can be started, whoever asked for one first', async () => {
  const missing = new Error('not installed');
  const { pool } = poolOf({ size: 2, start: () => Promise.reject(missing) });
  const warming = pool.prewarm();
  const jobs = Array.from({ length: 5 }, () => pool.use(signal, 1000, number));
  await assert.rejects(warming, missing);
  for (const { status } of await Promise.allSettled(jobs)) assert.equal(status, 'rejected');
  await pool.close();
});

test('runs jobs in the order they came', async () => {
  const { pool } = poolOf({});
  const order: number[] = [];
  await Promise.all([1, 2, 3, 4].map((job) => pool.use(signal, 1000, async () => void order.push(job))));
  assert.deepEqual(order, [1, 2, 3, 4]);
  await pool.close();
});

test('replaces a worker after its number of jobs, and one that holds too much', async () => {
  const { pool, made } = poolOf({ jobsPerWorker: 2 });
  const numbers = [];
  for (let job = 0; job < 4; job++) numbers.push(await pool.use(signal, 1000, number));
  assert.deepEqual(numbers, [0, 0, 1, 1]);
  await pool.use(signal, 1000, async (worker) => {
    worker.memoryBytes = 5000;
  });
  assert.equal(await pool.use(signal, 1000, number), 3);
  assert.deepEqual(
    made.map(({ ended }) => ended),
    [true, true, true, false],
  );
  await pool.close();
});

/** A job that goes on until its worker ends. */
const endless = async (worker: FakeWorker): Promise<never> => {
  await worker.exited;
  throw new Error('the worker ended');
};

test('kills the worker of a job that overruns its deadline or is cancelled', async () => {
  const { pool, made } = poolOf({});
  await assert.rejects(
    pool.use(signal, 5, endless),
    (error) => isDomainError(error, 'MediaTooLarge') && error.details.limit === 'time',
  );
  const caller = new AbortController();
  const cancelled = pool.use(caller.signal, 1000, async (worker) => {
    caller.abort(new Error('no longer wanted'));
    return endless(worker);
  });
  await assert.rejects(cancelled, /no longer wanted/);
  assert.equal(await pool.use(signal, 1000, number), 2);
  assert.deepEqual(
    made.map(({ ended }) => ended),
    [true, true, false],
  );
  await pool.close();
});

test('forgets a waiting job that is cancelled, and refuses more than may wait', async () => {
  const { pool } = poolOf({ queueLimit: 1 });
  const held = Promise.withResolvers<void>();
  const first = pool.use(signal, 1000, () => held.promise);
  const caller = new AbortController();
  // The first job has left the queue once its worker has started.
  while (pool.waiting > 0) await new Promise((resolve) => setImmediate(resolve));
  const second = pool.use(caller.signal, 1000, number);
  await assert.rejects(pool.use(signal, 1000, number), (error) => isDomainError(error, 'EngineBusy'));
  caller.abort(new Error('gone'));
  await assert.rejects(second, /gone/);
  held.resolve();
  await first;
  assert.equal(await pool.use(signal, 1000, number), 0);
  await pool.close();
});

test('tells a job why no worker could be started, and tries again for the next', async () => {
  let attempts = 0;
  const { pool } = poolOf({
    start: async () => {
      attempts++;
      if (attempts === 1) throw new Error('not installed');
      return new FakeWorker(attempts);
    },
  });
  await assert.rejects(pool.use(signal, 1000, number), /not installed/);
  assert.equal(await pool.use(signal, 1000, number), 2);
  await pool.close();
});

test('keeps as many workers warm as it was asked to', async () => {
  const { pool, made } = poolOf({ size: 2 });
  await pool.prewarm();
  assert.equal(made.length, 2);
  made[0]?.kill();
  while (made.length < 3) await new Promise((resolve) => setImmediate(resolve));
  await pool.close();
  assert.ok(made.every(({ ended }) => ended));
});

test('refuses a job that would have to wait for too long, beyond the eight that any worker takes', async () => {
  const { pool } = poolOf({ queueLimit: 100, patienceMs: 20 });
  // What a job takes is known once one has run.
  await pool.use(signal, 1000, () => new Promise((resolve) => setTimeout(resolve, 10)));
  const gate = Promise.withResolvers<void>();
  const jobs = Array.from({ length: 9 }, () => pool.use(signal, 60_000, () => gate.promise));
  await assert.rejects(
    pool.use(signal, 1000, async () => {}),
    (error) => isDomainError(error, 'EngineBusy'),
  );
  const patient = pool.use(signal, 60_000, () => gate.promise, { patient: true });
  gate.resolve();
  await Promise.all([...jobs, patient]);
  await pool.close();
});
