import { randomFillSync } from 'node:crypto';

/** Randomness, injected so that tests can repeat a run. */
export interface Random {
  bytes(count: number): Uint8Array;
}

const POOL_BYTES = 4096;

/** The operating system's generator, asked for many bytes at once: each request needs a dozen. */
export function systemRandom(): Random {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return {
    bytes(count) {
      if (count > POOL_BYTES) return randomFillSync(new Uint8Array(count));
      if (used + count > POOL_BYTES) {
        randomFillSync(pool);
        used = 0;
      }
      used += count;
      return pool.slice(used - count, used);
    },
  };
}
