import { deferred } from '../core/deferred.ts';
import { InvalidRequestError } from '../core/errors.ts';
import { sleep } from '../core/transport.ts';

/** Bytes moved so far: `moved` by this run, `transferred` with what was there already. */
export interface Progress {
  transferred: number;
  /** Undefined while the length of the source is not known. */
  total: number | undefined;
  /** Bytes sent or received over the network by this run, repetitions included. */
  moved: number;
}

/** Stops parts from being begun; those under way are finished. */
export class Pause {
  #paused: { promise: Promise<void>; resolve(): void } | undefined;
  get paused(): boolean {
    return this.#paused !== undefined;
  }
  pause(): void {
    this.#paused ??= deferred<void>();
  }
  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }
  async wait(signal: AbortSignal): Promise<void> {
    while (this.#paused) {
      const aborted = deferred<void>();
      const stop = (): void => aborted.resolve();
      signal.addEventListener('abort', stop, { once: true });
      await Promise.race([this.#paused.promise, aborted.promise]);
      signal.removeEventListener('abort', stop);
      signal.throwIfAborted();
    }
  }
}

/** A share of the link. Transfers that are given the same one stay below it together. */
export class Bandwidth {
  readonly bytesPerSecond: number;
  #free = 0;
  constructor(bytesPerSecond: number) {
    if (!(bytesPerSecond > 0)) {
      throw new InvalidRequestError(`A bandwidth is a number of bytes a second above 0, not ${bytesPerSecond}.`);
    }
    this.bytesPerSecond = bytesPerSecond;
  }
  /** Ends when so many bytes, and all that were taken before, have had their time. */
  async take(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    const now = Date.now();
    this.#free = Math.max(this.#free, now) + (bytes * 1000) / this.bytesPerSecond;
    await sleep(this.#free - now, signal);
  }
}

/** How often throughput is looked at, in parts. */
const WINDOW = 4;
/** A gain below this is noise, and not worth another connection. */
const WORTH = 1.1;

/**
 * How many parts go at once: one more while that makes it faster, half as many after a failure. Starts where most links
 * are full, and never exceeds `most`.
 */
export class AdaptiveConcurrency {
  #current: number;
  readonly #most: number;
  readonly #now: () => number;
  #bytes = 0;
  #parts = 0;
  #since: number;
  #best = 0;
  constructor(start: number, most: number, now: () => number) {
    this.#current = Math.min(start, most);
    this.#most = most;
    this.#now = now;
    this.#since = now();
  }
  get current(): number {
    return this.#current;
  }
  moved(bytes: number): void {
    this.#bytes += bytes;
    if (++this.#parts < WINDOW * this.#current) return;
    const rate = this.#bytes / Math.max(1, this.#now() - this.#since);
    if (rate > this.#best * WORTH) {
      this.#best = rate;
      this.#current = Math.min(this.#most, this.#current + 1);
    }
    this.#begin();
  }
  failed(): void {
    this.#current = Math.max(1, Math.floor(this.#current / 2));
    this.#best = 0;
    this.#begin();
  }
  #begin(): void {
    this.#bytes = 0;
    this.#parts = 0;
    this.#since = this.#now();
  }
}

/**
 * Does `work` on each item, as many at once as `limit` says at that moment. The first failure ends it: `signal` of the
 * others aborts, and it is thrown when all have ended, so that nothing goes on behind the caller's back.
 */
export async function eachOf<T>(
  items: AsyncIterable<T> | Iterable<T>,
  limit: () => number,
  outer: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const signal = outer ? AbortSignal.any([outer, stop.signal]) : stop.signal;
  const running = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    stop.abort(error);
  };
  try {
    for await (const item of items) {
      while (running.size >= Math.max(1, limit()) && !failure) await Promise.race(running);
      if (failure || signal.aborted) break;
      const one: Promise<void> = work(item, signal)
        .catch(fail)
        .finally(() => running.delete(one));
      running.add(one);
    }
  } catch (error) {
    fail(error);
  }
  await Promise.all(running);
  if (outer?.aborted) throw outer.reason;
  if (failure) throw failure.error;
}
