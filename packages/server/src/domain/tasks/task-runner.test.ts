import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { DomainError } from '../errors.ts';
import { Identities } from '../identities.ts';
import type { ObjectRow, Segment } from '../ports/object-records.ts';
import type { CommitEvent, RecordStore, Transaction } from '../ports/record-store.ts';
import type { TaskRecords, TaskRow } from '../ports/task-records.ts';
import { taskCommands } from './commands.ts';
import type { Retry, TaskContext, TaskKind } from './task-kind.ts';
import { TaskRunner, type TaskRunnerSettings } from './task-runner.ts';

/** A clock that stands still until it is moved. */
class ManualClock {
  #nowMs = 1_000_000;
  #timers = new Set<{ atMs: number; callback: () => void }>();
  now(): number {
    return this.#nowMs;
  }
  /** As when the machine slept: it is later at once, and no timer has come nearer. */
  sleep(ms: number): void {
    this.#nowMs += ms;
    for (const timer of this.#timers) timer.atMs += ms;
  }
  schedule(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }
  /** Moves on, calling timers back in their order and letting everything they begin come to rest. */
  async move(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await rest();
    for (;;) {
      const [next] = [...this.#timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
      await rest();
    }
    this.#nowMs = untilMs;
  }
}

/** Lets all promises that can settle without time settle. */
const rest = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
};

const unused = (name: string) =>
  new Proxy(
    {},
    {
      get: (_, method) => () => {
        throw new Error(`${name}.${String(method)} is not part of this test.`);
      },
    },
  );

/** Task rows in a map; commands run on them one at a time and are undone when they throw. */
class MemoryTasks {
  rows = new Map<string, TaskRow>();
  pins = new Map<string, ObjectRow>();
  objects = new Map<string, ObjectRow>();
  /** References to blobs that commands took and gave back. */
  references = new Map<string, number>();
  topics = new Map<string, string[]>();
  turns = new Map<string, string>();
  failing: string | undefined;
  renewals = 0;
  #listeners = new Set<(event: CommitEvent) => void>();

  get store(): RecordStore {
    return {
      reads: { tasks: this.#records() },
      transact: (name: keyof typeof taskCommands, input: never) => this.#transact(name, input),
      onCommit: (listener: (event: CommitEvent) => void) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    } as unknown as RecordStore;
  }

  async #transact(name: keyof typeof taskCommands, input: never): Promise<unknown> {
    if (name === 'renewTask') this.renewals++;
    if (name === this.failing) throw new DomainError('StorageReadOnly', { reason: 'full' });
    const before = structuredClone(this.rows);
    const events: CommitEvent[] = [];
    const tx = {
      tasks: this.#records(),
      topics: {
        byName: (_: string, topic: string) => (this.topics.has(topic) ? { id: 1, name: topic } : undefined),
        subscriptions: () => [],
      },
      announce: (event: CommitEvent) => events.push(event),
      objects: { get: (_: number, key: string) => this.objects.get(key) },
      versions: { newest: () => undefined },
      blobs: {
        retain: (segments: Segment[]) => this.#refer(segments, 1),
        release: (s: Segment[]) => this.#refer(s, -1),
      },
      queues: unused('queues'),
    } as unknown as Transaction;
    try {
      const result = await (taskCommands[name] as (tx: Transaction, input: never) => Promise<unknown>)(tx, input);
      for (const event of events) for (const listener of this.#listeners) listener(event);
      return structuredClone(result);
    } catch (error) {
      this.rows = before;
      throw error;
    }
  }

  #refer(segments: Segment[], by: number): void {
    for (const { blob } of segments) this.references.set(blob, (this.references.get(blob) ?? 0) + by);
  }

  #records(): TaskRecords {
    const all = (): TaskRow[] => [...this.rows.values()];
    return {
      get: (id) => this.rows.get(id),
      page: () => [],
      counts: () => [],
      insert: (row) => void this.rows.set(row.id, row),
      update: (row) => void this.rows.set(row.id, row),
      claimable: ({ kind, nowMs, tenant }) => {
        const due = all()
          .filter((row) => row.kind === kind && row.state === 'Running')
          .filter((row) => row.leaseUntilMs <= nowMs && row.notBeforeMs <= nowMs);
        const first = due.filter((row) => row.priority === Math.max(...due.map(({ priority }) => priority)));
        const tenants = first.map((row) => row.tenant).sort();
        const next = tenants.find((name) => name > tenant) ?? tenants[0];
        return first.find((row) => row.tenant === next);
      },
      turn: (kind) => this.turns.get(kind) ?? '',
      setTurn: (kind, tenant) => void this.turns.set(kind, tenant),
      waitingSince: () => [],
      leasedBy: (owner) => all().filter((row) => row.state === 'Running' && row.leaseOwner === owner),
      nextClaimableMs: (kind) => {
        const times = all()
          .filter((row) => row.kind === kind && row.state === 'Running')
          .map((row) => Math.max(row.leaseUntilMs, row.notBeforeMs));
        return times.length === 0 ? undefined : Math.min(...times);
      },
      pin: (id, object) => void this.pins.set(id, object),
      pinned: (id) => this.pins.get(id),
      unpin: (id) => void this.pins.delete(id),
      search: () => [],
      remove: (id) => void this.rows.delete(id),
      removeEnded: (beforeMs) => {
        const old = all().filter((row) => row.state !== 'Running' && row.createdMs < beforeMs);
        for (const row of old) this.rows.delete(row.id);
        return old.length;
      },
    };
  }
}

/** What the message of an error asks for. */
const retryOf = (error: unknown): Retry =>
  (['once', 'again', 'later'] as const).find((word) => String(error).includes(word)) ?? 'never';

/** Work that the test ends by hand. */
function handwork(options: Partial<TaskKind> = {}) {
  const runs: { context: TaskContext; resolve: (result: unknown) => void; reject: (error: unknown) => void }[] = [];
  const kind: TaskKind = {
    name: 'work',
    concurrency: 2,
    deadlineMs: 60_000,
    run: (_, context) => {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      context.signal.addEventListener('abort', () => reject(new Error('aborted')));
      runs.push({ context, resolve, reject });
      return promise;
    },
    failure: (error) => ({ code: 'Broken', message: String(error), retry: retryOf(error) }),
    notification: (task, end) => `${task.id} ${end.state}`,
    ...options,
  };
  return { runs, kind };
}

function setUp(
  t: TestContext,
  kind: TaskKind,
  options: { tasks?: MemoryTasks; clock?: ManualClock; settings?: Partial<TaskRunnerSettings>; owner?: string } = {},
) {
  const clock = options.clock ?? new ManualClock();
  const tasks = options.tasks ?? new MemoryTasks();
  const troubles: unknown[] = [];
  const runner = new TaskRunner({
    records: tasks.store,
    clock,
    identities: new Identities(clock, { bytes: (count) => new Uint8Array(count).fill(7) }),
    kinds: [kind],
    owner: options.owner ?? 'server',
    exclusive: true,
    ...(options.settings ? { settings: options.settings } : {}),
    observer: { trouble: (error) => troubles.push(error) },
  });
  t.after(() => runner.stop());
  const submit = async (
    id: string,
    task: Partial<Parameters<typeof taskCommands.submitTask>[1]> = {},
  ): Promise<void> => {
    await tasks.store.transact('submitTask', {
      id,
      kind: 'work',
      payload: {},
      accountId: '1',
      requestId: 'R',
      eventId: 'E',
      notifyTopic: '',
      createdMs: clock.now(),
      ...task,
    });
    await rest();
  };
  const row = (id: string): TaskRow => {
    const found = tasks.rows.get(id);
    assert.ok(found);
    return found;
  };
  return { clock, tasks, runner, submit, row, troubles };
}

describe('the task runner', () => {
  it('begins a task as soon as it is accepted and records its result', async (t) => {
    const { kind, runs } = handwork();
    const { runner, submit, row } = setUp(t, kind);
    await runner.start();
    await submit('a');
    assert.equal(row('a').attempts, 1);
    runs[0]?.resolve({ pages: 3 });
    await rest();
    assert.equal(row('a').state, 'Succeeded');
    assert.deepEqual(row('a').result, { pages: 3 });
    assert.equal(row('a').progress, 100);
  });

  it('runs no more than the concurrency of the kind at once, oldest first', async (t) => {
    const { kind, runs } = handwork();
    const { runner, submit } = setUp(t, kind);
    await runner.start();
    for (const id of ['a', 'b', 'c']) await submit(id);
    assert.deepEqual(
      runs.map(({ context }) => context.task.id),
      ['a', 'b'],
    );
    runs[0]?.resolve(null);
    await rest();
    assert.deepEqual(
      runs.map(({ context }) => context.task.id),
      ['a', 'b', 'c'],
    );
  });

  it('lets those who wait take turns, and goes by priority before that', async (t) => {
    const { kind, runs } = handwork({ concurrency: 1 });
    const { runner, submit } = setUp(t, kind);
    for (const id of ['a1', 'a2', 'a3', 'b1', 'b2']) await submit(id, { tenant: id.slice(0, 1) });
    await submit('urgent', { tenant: 'b', priority: 1 });
    await submit('later', { tenant: 'c', priority: -1 });
    await runner.start();
    await rest();
    for (let run = 0; run < runs.length; run++) {
      runs[run]?.resolve(null);
      await rest();
    }
    const order = runs.map(({ context }) => context.task.id);
    assert.deepEqual(order, ['urgent', 'a1', 'b1', 'a2', 'b2', 'a3', 'later']);
  });

  it('cancels what waits and what runs, tells their topics, and lets a failed task be tried again', async (t) => {
    const { kind, runs } = handwork({ concurrency: 1, source: async () => ({ bucketId: 1, key: 'k' }) });
    const { runner, submit, row, tasks } = setUp(t, kind);
    tasks.topics.set('ends', []);
    tasks.objects.set('k', { key: 'k', segments: [{ blob: 'x' }] } as unknown as ObjectRow);
    await runner.start();
    await submit('a', { notifyTopic: 'ends', pin: { bucketId: 1, key: 'k' } });
    await submit('b', { notifyTopic: 'ends' });
    assert.equal(await runner.cancel('b'), true);
    assert.equal(await runner.cancel('a'), true);
    assert.equal(await runner.cancel('a'), false);
    await rest();
    assert.equal(runs[0]?.context.signal.aborted, true);
    for (const id of ['a', 'b']) assert.deepEqual([row(id).state, row(id).code], ['Failed', 'TaskCanceled']);
    assert.equal(tasks.references.get('x'), 0);
    assert.equal(await runner.retry('a'), true);
    await rest();
    assert.deepEqual([row('a').state, row('a').attempts, tasks.references.get('x')], ['Running', 1, 1]);
    assert.equal(await runner.retry('a'), false);
    runs[1]?.resolve(null);
    await rest();
    assert.equal(row('a').state, 'Succeeded');
    await assert.rejects(runner.cancel('nobody'), (error: unknown) => error instanceof DomainError);
  });

  it('finds work by polling when an announcement was lost', async (t) => {
    const { kind, runs } = handwork();
    const { runner, clock, tasks, submit, row } = setUp(t, kind);
    await submit('a');
    const lost = row('a');
    tasks.rows.delete('a');
    await runner.start();
    await rest();
    tasks.rows.set('a', lost);
    assert.equal(runs.length, 0);
    await clock.move(5_000);
    assert.equal(runs.length, 1);
  });

  it('keeps the lease and records progress while work goes on', async (t) => {
    const { kind, runs } = handwork({ deadlineMs: 3_600_000 });
    const { runner, clock, submit, row } = setUp(t, kind);
    await runner.start();
    await submit('a');
    runs[0]?.context.progress(41.9);
    await clock.move(300_000);
    assert.equal(row('a').progress, 41);
    assert.ok(row('a').leaseUntilMs > clock.now());
    assert.equal(runs.length, 1);
  });

  it('fails a task at its deadline, which waiting does not use up', async (t) => {
    const { kind, runs } = handwork({ concurrency: 1 });
    const { runner, clock, submit, row } = setUp(t, kind);
    await runner.start();
    await submit('a');
    await submit('b');
    await clock.move(59_000);
    runs[0]?.resolve(null);
    await clock.move(30_000);
    assert.equal(row('b').state, 'Running');
    await clock.move(31_000);
    assert.equal(row('b').state, 'Failed');
    assert.match(row('b').message, /stopped after 60 seconds/);
    assert.equal(row('b').attempts, 1);
  });

  it('gives the slot of work that does not let go to other work after a grace', async (t) => {
    const { kind, runs } = handwork({ concurrency: 1 });
    const { run } = kind;
    const deaf: TaskKind = {
      ...kind,
      run: (payload, context) => (context.task.id === 'deaf' ? new Promise(() => {}) : run(payload, context)),
    };
    const { runner, clock, submit, row } = setUp(t, deaf);
    await runner.start();
    await submit('deaf');
    await submit('b');
    await clock.move(65_000);
    assert.equal(row('deaf').state, 'Failed');
    assert.equal(runs[0]?.context.task.id, 'b');
  });

  it('tries again after a failure that may pass, later each time, three times in all', async (t) => {
    const { kind, runs } = handwork();
    const { runner, clock, submit, row } = setUp(t, kind);
    await runner.start();
    await submit('a');
    runs[0]?.reject(new Error('again'));
    await clock.move(999);
    assert.equal(runs.length, 1);
    await clock.move(1);
    assert.equal(runs.length, 2);
    runs[1]?.reject(new Error('again'));
    await clock.move(1_999);
    assert.equal(runs.length, 2);
    await clock.move(1);
    runs[2]?.reject(new Error('again'));
    await clock.move(60_000);
    assert.equal(runs.length, 3);
    assert.deepEqual([row('a').state, row('a').code, row('a').attempts], ['Failed', 'Broken', 3]);
  });

  it('does not try again what cannot get better', async (t) => {
    const { kind, runs } = handwork();
    const { runner, clock, submit, row } = setUp(t, kind);
    await runner.start();
    await submit('a');
    runs[0]?.reject(new Error('damaged'));
    await clock.move(60_000);
    assert.deepEqual([row('a').state, row('a').message, runs.length], ['Failed', 'Error: damaged', 1]);
  });

  it('tries an input once more after it lost an engine, and not a third time', async (t) => {
    const { kind, runs } = handwork();
    const { runner, clock, submit, row } = setUp(t, kind);
    await runner.start();
    await submit('a');
    runs[0]?.reject(new Error('once'));
    await clock.move(1_000);
    runs[1]?.reject(new Error('once'));
    await clock.move(60_000);
    assert.deepEqual([runs.length, row('a').state], [2, 'Failed']);
  });

  it('puts work off while its engine has no room, for a day at most, and does not count that', async (t) => {
    const { kind, runs } = handwork();
    const { runner, clock, submit, row } = setUp(t, kind, { settings: { patienceMs: 20_000 } });
    await runner.start();
    await submit('a');
    for (let time = 0; time < 10; time++) {
      runs[time]?.reject(new Error('later'));
      await clock.move(1_000);
    }
    assert.deepEqual([runs.length, row('a').state, row('a').attempts], [11, 'Running', 1]);
    await clock.move(10_000);
    runs[10]?.reject(new Error('later'));
    await rest();
    assert.equal(row('a').state, 'Failed');
  });

  it('takes back at start what a dead process left, and gives up an input after five deaths', async (t) => {
    const { kind, runs } = handwork({ deadlineMs: 3_600_000 });
    const first = setUp(t, kind);
    await first.submit('a');
    const claim = { kind: 'work', owner: 'server', holding: [], limit: 1, leaseMs: 30_000, nowMs: first.clock.now() };
    await first.tasks.store.transact('claimTasks', claim);
    // This process dies without a word, and another starts under its name: at once after the first death, after a pause
    // that doubles later.
    for (const [deaths, pauseMs] of [0, 1_000, 2_000, 4_000].entries()) {
      const next = setUp(t, kind, { tasks: first.tasks, clock: first.clock });
      await next.runner.start();
      if (pauseMs > 0) {
        await first.clock.move(pauseMs - 1);
        assert.equal(runs.length, deaths);
      }
      await first.clock.move(1);
      assert.deepEqual([runs.length, first.row('a').crashes], [deaths + 1, deaths + 1]);
    }
    const last = setUp(t, kind, { tasks: first.tasks, clock: first.clock });
    await last.runner.start();
    await first.clock.move(8_000);
    assert.equal(runs.length, 4);
    assert.deepEqual([first.row('a').state, first.row('a').code], ['Failed', 'InternalError']);
    assert.match(first.row('a').message, /stopped 5 times/);
    runs[0]?.resolve('late');
    await rest();
    assert.equal(first.row('a').result, null);
  });

  it('does not count deaths of the process as failed attempts', async (t) => {
    const { kind, runs } = handwork();
    const { runner, clock, submit, row, tasks } = setUp(t, kind);
    await submit('a');
    tasks.rows.set('a', { ...row('a'), attempts: 3, crashes: 3 });
    await runner.start();
    await rest();
    runs[0]?.reject(new Error('again'));
    await clock.move(1_000);
    assert.equal(runs.length, 2);
  });

  it('goes on with its work after the machine has slept, instead of taking it for that of a dead process', async (t) => {
    const { kind, runs } = handwork();
    const { runner, clock, submit, row } = setUp(t, kind);
    await runner.start();
    await submit('a');
    clock.sleep(3_600_000);
    await clock.move(20_000);
    assert.deepEqual([runs.length, row('a').crashes, row('a').attempts], [1, 0, 1]);
    runs[0]?.resolve('whole');
    await rest();
    assert.deepEqual([row('a').state, row('a').result], ['Succeeded', 'whole']);
  });

  it('records progress within about a second, and no more often', async (t) => {
    const { kind, runs } = handwork();
    const { runner, clock, submit, row, tasks } = setUp(t, kind);
    await runner.start();
    await submit('a');
    await clock.move(1_000);
    tasks.renewals = 0;
    for (let percent = 1; percent <= 40; percent++) {
      runs[0]?.context.progress(percent);
      await clock.move(50);
    }
    await clock.move(1_000);
    assert.equal(row('a').progress, 40);
    assert.ok(tasks.renewals >= 2 && tasks.renewals <= 4, `${tasks.renewals} renewals`);
  });

  it('keeps the bytes of the version a task was accepted for until it ends', async (t) => {
    const { kind, runs } = handwork();
    const { runner, clock, submit, tasks } = setUp(t, kind);
    tasks.objects.set('in.mp4', { key: 'in.mp4', etag: 'E1', segments: [{ blob: 'b1' }] } as unknown as ObjectRow);
    await runner.start();
    await submit('a', { pin: { bucketId: 1, key: 'in.mp4' } });
    tasks.objects.delete('in.mp4');
    assert.equal(tasks.references.get('b1'), 1);
    assert.equal(tasks.pins.get('a')?.etag, 'E1');
    runs[0]?.reject(new Error('again'));
    await clock.move(1_000);
    assert.equal(tasks.references.get('b1'), 1);
    runs[1]?.resolve(null);
    await rest();
    assert.equal(tasks.references.get('b1'), 0);
    assert.equal(tasks.pins.has('a'), false);
    await assert.rejects(submit('b', { pin: { bucketId: 1, key: 'in.mp4' } }), { kind: 'ObjectMissing' });
  });

  it('counts a lease that ran out as a death of its holder', async (t) => {
    const { kind, runs } = handwork();
    const { runner, clock, tasks, submit, row } = setUp(t, kind);
    await submit('a');
    await tasks.store.transact('claimTasks', {
      kind: 'work',
      owner: 'other',
      holding: [],
      limit: 1,
      leaseMs: 30_000,
      nowMs: clock.now(),
    });
    await runner.start();
    await clock.move(29_999);
    assert.equal(runs.length, 0);
    await clock.move(1);
    assert.deepEqual([runs.length, row('a').crashes, row('a').leaseToken], [1, 1, 2]);
  });

  it('aborts work whose lease was taken over and leaves the end to the new holder', async (t) => {
    const { kind, runs } = handwork();
    const { runner, clock, submit, row, tasks } = setUp(t, kind);
    await runner.start();
    await submit('a');
    tasks.rows.set('a', { ...row('a'), leaseToken: 9, leaseOwner: 'other', leaseUntilMs: clock.now() + 1e9 });
    await clock.move(10_000);
    assert.equal(runs[0]?.context.signal.aborted, true);
    assert.deepEqual([row('a').state, row('a').leaseOwner], ['Running', 'other']);
  });

  it('aborts work once the lease cannot be proved to hold', async (t) => {
    const { kind, runs } = handwork();
    const { runner, clock, submit, tasks, troubles } = setUp(t, kind);
    await runner.start();
    await submit('a');
    tasks.failing = 'renewTask';
    await clock.move(20_000);
    assert.equal(runs[0]?.context.signal.aborted, false);
    await clock.move(10_000);
    assert.equal(runs[0]?.context.signal.aborted, true);
    assert.ok(troubles.length >= 2);
  });

  it('gives back at stop what is under way, without counting the attempt', async (t) => {
    const { kind, runs } = handwork();
    const first = setUp(t, kind);
    await first.runner.start();
    await first.submit('a');
    await first.runner.stop();
    assert.equal(runs[0]?.context.signal.aborted, true);
    assert.deepEqual([first.row('a').state, first.row('a').attempts, first.row('a').leaseOwner], ['Running', 0, '']);
    const second = setUp(t, kind, { tasks: first.tasks, clock: first.clock });
    await second.runner.start();
    await rest();
    assert.deepEqual([runs.length, second.row('a').crashes], [2, 0]);
  });

  it('ends a task whose topic is missing like any other', async (t) => {
    const { kind, runs } = handwork();
    const { runner, submit, row } = setUp(t, kind);
    await runner.start();
    await submit('a', { notifyTopic: 'nowhere' });
    runs[0]?.resolve(null);
    await rest();
    assert.equal(row('a').state, 'Succeeded');
  });

  it('ends a task whose notification cannot be written', async (t) => {
    const { kind, runs } = handwork({
      notification: () => {
        throw new Error('no words');
      },
    });
    const { runner, submit, row, tasks, troubles } = setUp(t, kind);
    tasks.topics.set('done', []);
    await runner.start();
    await submit('a', { notifyTopic: 'done' });
    runs[0]?.resolve(null);
    await rest();
    assert.equal(row('a').state, 'Succeeded');
    assert.equal(troubles.length, 1);
  });

  it('forgets ended tasks after seven days and keeps running ones', async (t) => {
    const { kind, runs } = handwork({ deadlineMs: 30 * 24 * 3_600_000 });
    const { runner, clock, submit, tasks } = setUp(t, kind, {
      settings: { leaseMs: 86_400_000, pollMs: 86_400_000, sweepMs: 3_600_000 },
    });
    await runner.start();
    await submit('a');
    await submit('b');
    runs[0]?.resolve(null);
    await clock.move(7 * 24 * 3_600_000 - 1);
    assert.deepEqual([...tasks.rows.keys()], ['a', 'b']);
    await clock.move(3_600_001);
    assert.deepEqual([...tasks.rows.keys()], ['b']);
  });
});

describe('ending a task', () => {
  it('happens once, by the holder of the current lease', async (t) => {
    const { kind } = handwork();
    const { clock, tasks, submit } = setUp(t, kind);
    await submit('a');
    const claim = { kind: 'work', owner: 'x', holding: [], limit: 1, leaseMs: 10 };
    await tasks.store.transact('claimTasks', { ...claim, nowMs: clock.now() });
    await tasks.store.transact('claimTasks', { ...claim, nowMs: clock.now() + 10 });
    const finish = (token: number) =>
      tasks.store.transact('finishTask', { taskId: 'a', token, end: { state: 'Succeeded', result: 1 }, nowMs: 5 });
    await assert.rejects(finish(1), { kind: 'LeaseLost' });
    await finish(2);
    await assert.rejects(finish(2), { kind: 'LeaseLost' });
    await assert.rejects(
      tasks.store.transact('renewTask', { taskId: 'z', token: 1, progress: 0, leaseMs: 1, nowMs: 1 }),
      {
        kind: 'TaskMissing',
      },
    );
  });

  it('publishes to the topic in the same transaction', async (t) => {
    const { kind } = handwork();
    const { clock, tasks, submit } = setUp(t, kind);
    tasks.topics.set('done', []);
    const notification = { body: 'text', messageId: 'M', token: '00' };
    for (const [id, notifyTopic, notified] of [
      ['a', 'done', true],
      ['b', 'other', false],
      ['c', '', false],
    ] as const) {
      await submit(id, { notifyTopic });
      await tasks.store.transact('claimTasks', {
        kind: 'work',
        owner: 'x',
        holding: [],
        limit: 9,
        leaseMs: 10,
        nowMs: clock.now(),
      });
      const end = { state: 'Succeeded' as const, result: null };
      const ended = await tasks.store.transact('finishTask', { taskId: id, token: 1, end, nowMs: 1, notification });
      assert.equal(ended.notified, notified, id);
    }
  });
});
