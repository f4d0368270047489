/** Jobs that may wait for each worker however long they take: clients have several connections each. */
const ALWAYS_WAITING = 8;

/** Jobs that may wait for each worker while more come than can be done: enough for none to stand idle. */
const WAITING_UNDER_PRESSURE = 1;

/** So long jobs must have been refused, with every worker busy all the time, for that to be more than a burst. */
const BURST_MS = 200;

/** So long no job must have been refused for the pressure to be over. */
const REST_MS = 1_000;

/** How much the latest job counts in the mean of what jobs take. */
const LATEST_SHARE = 0.1;

/**
 * Decides whether one more job may wait for a worker. A burst is taken in as far as the wait stays bearable, since the
 * queue is soon empty again. Where more jobs come than can be done, a long queue never empties: those who are served would
 * all have waited, and no more of them be served than with a short one. So the queue is then kept short.
 */
export class Admission {
  readonly #workers: number;
  readonly #patienceMs: number;
  #jobMs = 0;
  #refusedSinceMs: number | undefined;
  #refusedMs = 0;

  /** @param patienceMs how long a job of a burst may have to wait, by what the last ones took. */
  constructor(workers: number, patienceMs: number) {
    this.#workers = workers;
    this.#patienceMs = patienceMs;
  }

  /** Whether one more job may wait beside those that do. */
  accepts(waiting: number, nowMs: number): boolean {
    if (nowMs - this.#refusedMs > REST_MS) this.#refusedSinceMs = undefined;
    if (waiting < this.mostWaiting(nowMs)) return true;
    this.#refusedSinceMs ??= nowMs;
    this.#refusedMs = nowMs;
    return false;
  }

  mostWaiting(nowMs: number): number {
    if (this.#pressed(nowMs)) return this.#workers * WAITING_UNDER_PRESSURE;
    const bearable = this.#jobMs === 0 ? 0 : Math.ceil((this.#patienceMs * this.#workers) / this.#jobMs);
    return Math.max(this.#workers * ALWAYS_WAITING, bearable);
  }

  #pressed(nowMs: number): boolean {
    return this.#refusedSinceMs !== undefined && nowMs - this.#refusedSinceMs >= BURST_MS;
  }

  /** A job has taken so long. */
  took(ms: number): void {
    this.#jobMs += (ms - this.#jobMs) * (this.#jobMs === 0 ? 1 : LATEST_SHARE);
  }

  /** A worker found no job waiting: what there was of a burst is over. */
  rest(nowMs: number): void {
    if (!this.#pressed(nowMs)) this.#refusedSinceMs = undefined;
  }
}
