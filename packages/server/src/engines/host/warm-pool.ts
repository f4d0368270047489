import { DomainError } from '../../domain/errors.ts';
import { Admission } from './admission.ts';

/** A program that is kept running between jobs. */
export interface WarmWorker {
  /** True once it has ended, for whatever reason. */
  readonly ended: boolean;
  /** Resolves when it has ended. */
  readonly exited: Promise<unknown>;
  /** What it held after its last job. */
  readonly memoryBytes: number;
  kill(): void;
}

export interface WarmPoolSettings<W extends WarmWorker> {
  /** For messages: `image`. */
  name: string;
  /** Workers at most, which is also how many jobs run at once. */
  size: number;
  /** A worker is replaced after this many jobs: decoders leak, and what one picture broke must not reach many others. */
  jobsPerWorker: number;
  /** … or once it holds more than this between jobs. */
  memoryBytes: number;
  /** Jobs that may wait; one more is refused at once, so that a caller can go elsewhere. */
  queueLimit: number;
  /**
   * How long a job of a burst may have to wait, in milliseconds, by what the last ones took: where it would be longer, one
   * more is refused at once (`Admission`). Absent, only their number counts.
   */
  patienceMs?: number;
  start(): Promise<W>;
}

interface Waiting<W> {
  patient: boolean;
  give(worker: W): void;
  fail(error: unknown): void;
}

/**
 * Hands each job a worker of its own, first come, first served. Workers are started when they are needed; one that
 * ended, overran its deadline or was cancelled in mid-job is gone with all it had started, and the next job gets another.
 */
export class WarmPool<W extends WarmWorker> {
  readonly #settings: WarmPoolSettings<W>;
  readonly #idle: W[] = [];
  /** Jobs that each has done, or is taken to have done. */
  readonly #workers = new Map<W, number>();
  readonly #queue: Waiting<W>[] = [];
  #starting = 0;
  #starts = 0;
  #keepWarm = 0;
  #closed = false;
  readonly #admission: Admission | undefined;

  constructor(settings: WarmPoolSettings<W>) {
    this.#settings = settings;
    const { size, patienceMs } = settings;
    this.#admission = patienceMs === undefined ? undefined : new Admission(size, patienceMs);
  }

  /** Workers started so far: those past the size of the pool took the place of others. */
  get starts(): number {
    return this.#starts;
  }

  /** Jobs waiting for a worker. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Starts workers ahead of the first job, and from now on replaces those that end. Rejects when none can be started. */
  async prewarm(count = this.#settings.size): Promise<void> {
    this.#keepWarm = Math.min(count, this.#settings.size);
    const missing = this.#keepWarm - this.#workers.size - this.#starting;
    await Promise.all(Array.from({ length: Math.max(0, missing) }, () => this.#start()));
  }

  /**
   * Runs `job` with a worker nobody else uses meanwhile. The deadline counts from the moment it has one. When the
   * deadline passes or `signal` aborts, the worker is killed, so `job` may simply wait for it. A `patient` caller, who has
   * come too far to begin again, waits however long it takes.
   */
  async use<T>(
    signal: AbortSignal,
    wallMs: number,
    job: (worker: W) => Promise<T>,
    { patient = false }: { patient?: boolean } = {},
  ): Promise<T> {
    const worker = await this.#acquire(signal, patient);
    const began = performance.now();
    let outcome: 'deadline' | 'aborted' | undefined;
    const stop = (why: 'deadline' | 'aborted') => {
      outcome ??= why;
      worker.kill();
    };
    const aborted = () => stop('aborted');
    signal.addEventListener('abort', aborted, { once: true });
    const timer = setTimeout(() => stop('deadline'), wallMs);
    try {
      signal.throwIfAborted();
      return await job(worker);
    } catch (error) {
      if (outcome === 'aborted') throw signal.reason;
      if (outcome === 'deadline') {
        throw new DomainError(
          'MediaTooLarge',
          { limit: 'time', reason: `The ${this.#settings.name} engine stopped after ${Math.round(wallMs / 1000)} s.` },
          { cause: error },
        );
      }
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      this.#admission?.took(performance.now() - began);
      // Killed is not yet gone: the next job must not be handed a dying worker, nor a caller return before it is dead.
      if (outcome) await worker.exited;
      this.#release(worker);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#keepWarm = 0;
    for (const waiting of this.#queue.splice(0)) waiting.fail(stopping());
    const workers = [...this.#workers.keys()];
    for (const worker of workers) worker.kill();
    await Promise.all(workers.map((worker) => worker.exited));
  }

  #acquire(signal: AbortSignal, patient: boolean): Promise<W> {
    if (this.#closed) return Promise.reject(stopping());
    signal.throwIfAborted();
    for (let worker = this.#idle.pop(); worker; worker = this.#idle.pop()) {
      if (!worker.ended) return Promise.resolve(worker);
    }
    if (this.#queue.length >= this.#settings.queueLimit) return Promise.reject(this.#busy());
    if (!patient && this.#admission?.accepts(this.#queue.length, performance.now()) === false) {
      this.#turnAway(this.#admission.mostWaiting(performance.now()));
      return Promise.reject(this.#busy());
    }
    return new Promise((resolve, reject) => {
      const abort = () => {
        const index = this.#queue.indexOf(waiting);
        if (index >= 0) this.#queue.splice(index, 1);
        reject(signal.reason);
      };
      const waiting: Waiting<W> = {
        patient,
        give(worker) {
          signal.removeEventListener('abort', abort);
          resolve(worker);
        },
        fail(error) {
          signal.removeEventListener('abort', abort);
          reject(error);
        },
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#queue.push(waiting);
      this.#grow();
    });
  }

  #busy(): DomainError {
    const { length } = this.#queue;
    const { name } = this.#settings;
    return new DomainError('EngineBusy', {
      reason: `${length} jobs wait for the ${name} engine already; try again later.`,
    });
  }

  /** Of those who wait, the ones who have done so longest may go on: the others are told to come again. */
  #turnAway(mostWaiting: number): void {
    for (let index = this.#queue.length - 1; index >= mostWaiting; index--) {
      if (this.#queue[index]?.patient !== false) continue;
      for (const waiting of this.#queue.splice(index, 1)) waiting.fail(this.#busy());
    }
  }

  /** Starts as many workers as there are jobs waiting for one, within the size of the pool. */
  #grow(): void {
    while (
      this.#starting < this.#queue.length &&
      this.#workers.size + this.#starting < this.#settings.size &&
      !this.#closed
    ) {
      this.#start().catch(() => {});
    }
  }

  /** Whoever asked for it, a worker that cannot be started is told to the job that has waited longest. */
  async #start(): Promise<void> {
    this.#starting++;
    let worker: W | undefined;
    try {
      worker = await this.#settings.start();
    } catch (error) {
      this.#queue.shift()?.fail(error);
      throw error;
    } finally {
      this.#starting--;
      if (worker === undefined) this.#grow();
    }
    if (this.#closed) {
      worker.kill();
      await worker.exited;
      return;
    }
    // Those that were started together do not all end together: the jobs of a whole pool would wait for new ones.
    const ahead = this.#starts % this.#settings.size;
    this.#workers.set(worker, Math.floor((ahead * this.#settings.jobsPerWorker) / (2 * this.#settings.size)));
    this.#starts++;
    void worker.exited.then(() => this.#ended(worker));
    this.#give(worker);
  }

  #give(worker: W): void {
    const next = this.#queue.shift();
    if (next) {
      next.give(worker);
      return;
    }
    this.#idle.push(worker);
    this.#admission?.rest(performance.now());
  }

  #release(worker: W): void {
    const jobs = (this.#workers.get(worker) ?? 0) + 1;
    if (worker.ended || !this.#workers.has(worker)) {
      this.#grow();
      return;
    }
    if (jobs >= this.#settings.jobsPerWorker || worker.memoryBytes > this.#settings.memoryBytes) {
      this.#workers.set(worker, jobs);
      worker.kill();
      return;
    }
    this.#workers.set(worker, jobs);
    this.#give(worker);
  }

  #ended(worker: W): void {
    this.#workers.delete(worker);
    const index = this.#idle.indexOf(worker);
    if (index >= 0) this.#idle.splice(index, 1);
    if (this.#closed) return;
    this.#grow();
    // A replacement that cannot be started is no news to anybody until a job needs it.
    if (this.#workers.size + this.#starting < this.#keepWarm) void this.#start().catch(() => {});
  }
}

function stopping(): DomainError {
  return new DomainError('EngineFailed', { reason: 'The server is stopping.' });
}
