const TICK_MS = 250;
/** A tick that comes later than this was held back with the whole process, and then says nothing about what is awaited. */
const LATEST_TICK_MS = 1_000;

/**
 * Measures for how long something has been awaited. Time in which this process was stopped (a machine put to sleep, a
 * debugger, SIGSTOP) does not count: what is awaited has most likely been stopped as well, and would seem late when both
 * go on.
 */
export class Patience {
  #limitMs: number;
  #spentMs = 0;
  #lastMs = performance.now();
  #ticking: NodeJS.Timeout;
  #ended: () => void;

  /** Calls `ended` when the patience has come to its end, unless it was given up before. */
  constructor(limitMs: number, ended: () => void = () => {}) {
    this.#limitMs = limitMs;
    this.#ended = ended;
    this.#ticking = setInterval(() => this.#tick(), Math.min(TICK_MS, limitMs));
  }

  get over(): boolean {
    return this.#spentMs >= this.#limitMs;
  }

  giveUp(): void {
    clearInterval(this.#ticking);
  }

  #tick(): void {
    const nowMs = performance.now();
    this.#spentMs += Math.min(nowMs - this.#lastMs, LATEST_TICK_MS);
    this.#lastMs = nowMs;
    if (!this.over) return;
    clearInterval(this.#ticking);
    this.#ended();
  }
}
