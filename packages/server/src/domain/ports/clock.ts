/** Time, injected so that tests can move it. Every instant in the domain is milliseconds since the Unix epoch. */
export interface Clock {
  now(): number;
  /** Calls back once after `delayMs`; the returned function cancels it. Never keeps the process alive by itself. */
  schedule(delayMs: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, Math.max(0, Math.min(delayMs, 2 ** 31 - 1)));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
