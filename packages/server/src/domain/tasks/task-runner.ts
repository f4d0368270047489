import { DomainError, isDomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import type { Clock } from '../ports/clock.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { TaskRow } from '../ports/task-records.ts';
import type { Ending, TaskEnd } from './commands.ts';
import type { TaskFailure, TaskKind } from './task-kind.ts';

export interface TaskRunnerSettings {
  /** How long a claim holds without renewal. A process that stalls for longer loses its tasks. */
  leaseMs: number;
  /** Ceiling of the time between looks for work: the safety net for announcements that got lost. */
  pollMs: number;
  /** How often work may fail for a reason that another attempt could cure. Deaths of the process do not count. */
  maxAttempts: number;
  /**
   * After this many deaths of the process around it, an input is not tried again. Engines are processes of their own, so
   * nearly every death of a server has another cause; a task that is innocent has to be under way at each of them.
   */
  maxCrashes: number;
  /** How long accepted work is put off while its engine has no room. */
  patienceMs: number;
  /** Time before the second attempt; it doubles with each one. */
  backOffMs: number;
  /** How long aborted work may take to let go before its slot is given to other work. */
  abortGraceMs: number;
  /** How long records of tasks are kept, counted from their creation. The vendor keeps seven days. */
  retentionMs: number;
  sweepMs: number;
  /** How long after one record of the progress there may be another. */
  progressMs: number;
}

const taskRunnerDefaults: TaskRunnerSettings = {
  leaseMs: 30_000,
  pollMs: 5_000,
  maxAttempts: 3,
  maxCrashes: 5,
  patienceMs: 24 * 3_600_000,
  backOffMs: 1_000,
  abortGraceMs: 5_000,
  retentionMs: 7 * 24 * 3_600_000,
  sweepMs: 600_000,
  progressMs: 1_000,
};

/** What the runner reports to the log. */
export interface TaskObserver {
  started?(task: TaskRow): void;
  ended?(task: TaskRow, end: TaskEnd, notified: boolean): void;
  retried?(task: TaskRow, failure: TaskFailure, error: unknown): void;
  /** Something that is not the task's own failure: a claim, renewal or sweep that did not work. */
  trouble?(error: unknown): void;
}

const SWEEP_BATCH = 500;

/** An input that has killed two engines is not given a third. */
const ENGINES_PER_INPUT = 2;

type Stop = 'deadline' | 'lease' | 'stop';

interface Running {
  taskId: string;
  controller: AbortController;
  done: Promise<void>;
}

/** Claims tasks, runs them within their kind's concurrency and deadline, and records how they end. */
export class TaskRunner {
  #records: RecordStore;
  #clock: Clock;
  #identities: Identities;
  #kinds: ReadonlyMap<string, TaskKind>;
  #owner: string;
  #exclusive: boolean;
  #settings: TaskRunnerSettings;
  #observer: TaskObserver;
  #recordsEvents: boolean;
  #running = new Map<string, Set<Running>>();
  #claims = new Map<string, { again: boolean; done: Promise<void> }>();
  #timers = new Map<string, () => void>();
  #unsubscribe: (() => void) | undefined;
  #active = false;

  /**
   * `owner` names this process among those that hold leases. `exclusive` says that no other living process uses that
   * name: then leases left under it belong to the dead, and `start` takes them back at once. An embedded server uses one
   * fixed name and is exclusive by its lock on the data folder.
   */
  constructor(dependencies: {
    records: RecordStore;
    clock: Clock;
    identities: Identities;
    kinds: readonly TaskKind[];
    owner: string;
    exclusive: boolean;
    settings?: Partial<TaskRunnerSettings>;
    observer?: TaskObserver;
    /** Whether somebody is told of ends besides the topics of tasks. */
    recordsEvents?: boolean;
  }) {
    this.#records = dependencies.records;
    this.#clock = dependencies.clock;
    this.#identities = dependencies.identities;
    this.#kinds = new Map(dependencies.kinds.map((kind) => [kind.name, kind]));
    this.#owner = dependencies.owner;
    this.#exclusive = dependencies.exclusive;
    this.#settings = { ...taskRunnerDefaults, ...dependencies.settings };
    this.#observer = dependencies.observer ?? {};
    this.#recordsEvents = dependencies.recordsEvents ?? false;
  }

  async start(): Promise<void> {
    if (this.#active) return;
    if (this.#exclusive) {
      await this.#records.transact('takeBackTasks', { owner: this.#owner, nowMs: this.#clock.now() });
    }
    this.#active = true;
    this.#unsubscribe = this.#records.onCommit((event) => {
      if (event.type === 'task-added') this.#look(event.kind);
    });
    for (const kind of this.#kinds.keys()) this.#look(kind);
    this.#sweepLater();
  }

  /** Aborts what is under way and gives it back, so that it is run again. Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    if (!this.#active) return;
    this.#active = false;
    this.#unsubscribe?.();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    // A claim that is under way hands its tasks to nobody: they are released below like the rest.
    await Promise.all([...this.#claims.values()].map(({ done }) => done));
    const running = [...this.#running.values()].flatMap((tasks) => [...tasks]);
    for (const { controller } of running) controller.abort('stop' satisfies Stop);
    await Promise.all(running.map(({ done }) => done));
  }

  /**
   * Ends a task as failed, whether it waits or runs, and tells its topic. False when it has ended already. Throws
   * `TaskMissing`.
   */
  async cancel(taskId: string): Promise<boolean> {
    const task = await this.#records.reads.tasks.get(taskId);
    if (task === undefined) throw new DomainError('TaskMissing', { taskId });
    const end: TaskEnd = { state: 'Failed', code: 'TaskCanceled', message: 'An operator cancelled it.', result: null };
    const kind = this.#kinds.get(task.kind);
    const nowMs = this.#clock.now();
    const told = kind === undefined ? {} : this.#tellings(kind, task, end, nowMs);
    const { cancelled, notified } = await this.#records.transact('cancelTask', { taskId, end, nowMs, ...told });
    if (!cancelled) return false;
    this.#observer.ended?.(task, end, notified);
    for (const running of this.#running.get(task.kind) ?? []) {
      // The lease went with the state: what is still under way finds nothing to record.
      if (running.taskId === taskId) running.controller.abort('lease' satisfies Stop);
    }
    return true;
  }

  /**
   * Begins a failed task again under its own id; the version it was accepted for must still be there. False when it has not
   * failed. Throws `TaskMissing`, `BucketMissing` and `ObjectMissing`.
   */
  async retry(taskId: string): Promise<boolean> {
    const task = await this.#records.reads.tasks.get(taskId);
    if (task === undefined) throw new DomainError('TaskMissing', { taskId });
    if (task.state !== 'Failed') return false;
    const pin = await this.#kinds.get(task.kind)?.source?.(task.payload);
    const again = { taskId, nowMs: this.#clock.now(), ...(pin === undefined ? {} : { pin }) };
    return (await this.#records.transact('retryTask', again)).retried;
  }

  /** Claims as much as there is room for. Calls that come while a claim is under way become one more claim after it. */
  #look(name: string): void {
    const kind = this.#kinds.get(name);
    if (!this.#active || kind === undefined) return;
    const current = this.#claims.get(name);
    if (current !== undefined) {
      current.again = true;
      return;
    }
    const claim = { again: false, done: Promise.resolve() };
    this.#claims.set(name, claim);
    claim.done = this.#claim(kind)
      .catch((error: unknown) => {
        this.#observer.trouble?.(error);
        return undefined;
      })
      .then((nextMs) => {
        this.#claims.delete(name);
        if (!this.#active) return;
        if (claim.again) this.#look(name);
        else this.#lookLater(name, nextMs);
      });
  }

  async #claim(kind: TaskKind): Promise<number | undefined> {
    const { leaseMs } = this.#settings;
    const running = [...(this.#running.get(kind.name) ?? [])];
    const limit = kind.concurrency - running.length;
    // The end of a task looks again.
    if (limit <= 0) return undefined;
    const { tasks, nextMs } = await this.#records.transact('claimTasks', {
      kind: kind.name,
      owner: this.#owner,
      holding: running.map(({ taskId }) => taskId),
      limit,
      leaseMs,
      nowMs: this.#clock.now(),
    });
    for (const task of tasks) this.#begin(kind, task);
    return nextMs;
  }

  #lookLater(name: string, nextMs: number | undefined): void {
    const { pollMs } = this.#settings;
    this.#timers.get(name)?.();
    const delay = Math.min(pollMs, Math.max(1, (nextMs ?? Number.POSITIVE_INFINITY) - this.#clock.now()));
    this.#timers.set(
      name,
      this.#clock.schedule(delay, () => this.#look(name)),
    );
  }

  #begin(kind: TaskKind, task: TaskRow): void {
    const tasks = this.#running.get(kind.name) ?? new Set<Running>();
    this.#running.set(kind.name, tasks);
    const running: Running = { taskId: task.id, controller: new AbortController(), done: Promise.resolve() };
    tasks.add(running);
    running.done = this.#attempt(kind, task, running.controller)
      .catch((error: unknown) => this.#observer.trouble?.(error))
      .then(() => {
        tasks.delete(running);
        this.#look(kind.name);
      });
  }

  async #attempt(kind: TaskKind, task: TaskRow, controller: AbortController): Promise<void> {
    const { maxCrashes, backOffMs } = this.#settings;
    if (task.crashes >= maxCrashes) {
      const message = `The server stopped ${task.crashes} times while it worked on this input; it is not tried again.`;
      return this.#finish(kind, task, { state: 'Failed', code: 'InternalError', message, result: null });
    }
    this.#observer.started?.(task);
    const renewal = this.#keepLease(task, controller);
    const outcome = await this.#run(kind, task, controller, renewal.progress);
    renewal.end();
    await renewal.settled();
    const stop = controller.signal.aborted ? (controller.signal.reason as Stop) : undefined;
    if ('result' in outcome) {
      // Finished work counts, whatever else was happening: if the lease is lost, `finishTask` refuses.
      return this.#finish(kind, task, { state: 'Succeeded', result: outcome.result });
    }
    if (stop === 'lease') return;
    const nowMs = this.#clock.now();
    if (stop === 'stop') {
      const release = { attempted: false, notBeforeMs: nowMs, message: '' };
      return this.#settle(() => this.#records.transact('releaseTask', { ...leaseOf(task), ...release }));
    }
    const failure: TaskFailure = stop === 'deadline' ? overdue(kind) : kind.failure(outcome.error);
    if (this.#triesAgain(task, failure, nowMs)) {
      this.#observer.retried?.(task, failure, outcome.error);
      const attempted = failure.retry !== 'later';
      const notBeforeMs = nowMs + (attempted ? backOffMs * 2 ** (triesOf(task) - 1) : backOffMs);
      const release = { attempted, notBeforeMs, message: failure.message };
      return this.#settle(() => this.#records.transact('releaseTask', { ...leaseOf(task), ...release }));
    }
    const { code, message } = failure;
    return this.#finish(kind, task, { state: 'Failed', code, message, result: null });
  }

  #triesAgain(task: TaskRow, { retry }: TaskFailure, nowMs: number): boolean {
    const { maxAttempts, patienceMs } = this.#settings;
    if (retry === 'never') return false;
    if (retry === 'later') return nowMs < task.createdMs + patienceMs;
    return triesOf(task) < (retry === 'once' ? Math.min(ENGINES_PER_INPUT, maxAttempts) : maxAttempts);
  }

  /** The work itself, with its deadline. Work that does not let go when it is aborted is left behind after a grace. */
  #run(
    kind: TaskKind,
    task: TaskRow,
    controller: AbortController,
    progress: (percent: number) => void,
  ): Promise<{ result: unknown } | { error: unknown }> {
    const { signal } = controller;
    const cancelDeadline = this.#clock.schedule(kind.deadlineMs, () => controller.abort('deadline' satisfies Stop));
    let cancelGrace: (() => void) | undefined;
    const abandoned = new Promise<{ error: unknown }>((resolve) => {
      signal.addEventListener('abort', () => {
        cancelGrace = this.#clock.schedule(this.#settings.abortGraceMs, () =>
          resolve({ error: new Error(`Task ${task.id} did not let go when it was aborted.`) }),
        );
      });
    });
    const work = (async () => {
      try {
        return { result: await kind.run(task.payload, { task, signal, progress }) };
      } catch (error) {
        return { error };
      }
    })();
    return Promise.race([work, abandoned]).finally(() => {
      cancelDeadline();
      cancelGrace?.();
    });
  }

  /**
   * Renews the lease three times per its length, and sooner when there is progress to record; aborts the work once the
   * lease is lost or cannot be proved to hold.
   */
  #keepLease(task: TaskRow, controller: AbortController) {
    const { leaseMs, progressMs } = this.#settings;
    let percent = 0;
    let recorded = 0;
    let renewedMs = this.#clock.now();
    let hurried = false;
    let heldUntilMs = task.leaseUntilMs;
    let ended = false;
    let cancel: () => void = () => {};
    let renewing: Promise<void> = Promise.resolve();
    const renew = async (): Promise<void> => {
      const nowMs = this.#clock.now();
      renewedMs = nowMs;
      // Until this is through, further progress waits for what is scheduled after it.
      hurried = true;
      recorded = percent;
      try {
        await this.#records.transact('renewTask', { ...leaseOf(task), progress: recorded, leaseMs, nowMs });
        heldUntilMs = nowMs + leaseMs;
      } catch (error) {
        const gone = isDomainError(error, 'LeaseLost') || isDomainError(error, 'TaskMissing');
        if (!gone) this.#observer.trouble?.(error);
        if (gone || this.#clock.now() >= heldUntilMs) controller.abort('lease' satisfies Stop);
      }
      if (!ended && !controller.signal.aborted) next();
    };
    const next = (): void => {
      hurried = percent > recorded;
      const delayMs = hurried ? Math.max(0, renewedMs + progressMs - this.#clock.now()) : Math.ceil(leaseMs / 3);
      cancel = this.#clock.schedule(Math.min(delayMs, Math.ceil(leaseMs / 3)), () => {
        renewing = renew();
      });
    };
    next();
    return {
      progress: (value: number) => {
        percent = Math.max(percent, Math.min(100, Math.trunc(Number.isFinite(value) ? value : 0)));
        if (percent === recorded || hurried || ended) return;
        cancel();
        next();
      },
      end: () => {
        ended = true;
        cancel();
      },
      settled: () => renewing,
    };
  }

  async #finish(kind: TaskKind, task: TaskRow, end: TaskEnd): Promise<void> {
    const nowMs = this.#clock.now();
    const told = this.#tellings(kind, task, end, nowMs);
    await this.#settle(async () => {
      const { notified } = await this.#records.transact('finishTask', {
        ...leaseOf(task),
        end,
        nowMs,
        ...told,
      });
      this.#observer.ended?.(task, end, notified);
    });
  }

  /** A text that cannot be written must not keep the task from ending: it would be begun again for ever. */
  #tellings(kind: TaskKind, task: TaskRow, end: TaskEnd, nowMs: number): Pick<Ending, 'notification' | 'event'> {
    const tellings: Pick<Ending, 'notification' | 'event'> = {};
    try {
      if (task.notifyTopic !== '') {
        const body = kind.notification(task, end, nowMs);
        tellings.notification = { body, messageId: this.#identities.message(), token: this.#identities.token() };
      }
      if (this.#recordsEvents && kind.event) tellings.event = kind.event(task, end, nowMs, this.#identities.uuid());
      return tellings;
    } catch (error) {
      this.#observer.trouble?.(error);
      return tellings;
    }
  }

  /** A lease that was lost in the meantime is no trouble: whoever has the task now ends it. */
  async #settle(record: () => Promise<void>): Promise<void> {
    try {
      await record();
    } catch (error) {
      if (!isDomainError(error, 'LeaseLost') && !isDomainError(error, 'TaskMissing')) throw error;
    }
  }

  #sweepLater(): void {
    this.#timers.set(
      '',
      this.#clock.schedule(this.#settings.sweepMs, () => void this.#sweep()),
    );
  }

  async #sweep(): Promise<void> {
    try {
      const beforeMs = this.#clock.now() - this.#settings.retentionMs;
      let removed = SWEEP_BATCH;
      while (this.#active && removed === SWEEP_BATCH) {
        removed = await this.#records.transact('removeEndedTasks', { beforeMs, limit: SWEEP_BATCH });
      }
    } catch (error) {
      this.#observer.trouble?.(error);
    }
    if (this.#active) this.#sweepLater();
  }
}

/** Attempts that came to an end of their own, the current one included. */
const triesOf = (task: TaskRow): number => Math.max(1, task.attempts - task.crashes);

const leaseOf = (task: TaskRow) => ({ taskId: task.id, token: task.leaseToken });

function overdue(kind: TaskKind): TaskFailure {
  const error = new DomainError('MediaTooLarge', {
    limit: 'time',
    reason: `The work was stopped after ${Math.round(kind.deadlineMs / 1000)} seconds.`,
  });
  return { ...kind.failure(error), retry: 'never' };
}
