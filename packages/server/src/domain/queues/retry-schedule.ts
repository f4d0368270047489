import type { SubscriptionRow } from '../ports/queue-records.ts';

/** "Retried 3 times, each after a random 10 to 20 seconds." */
const BACKOFF = { retries: 3, leastMs: 10_000, mostMs: 20_000 };

/** "176 times, after 1, 2, 4 … 256 and then always 512 seconds": about a day. */
const DECAY = { retries: 176, mostSeconds: 512 };

/**
 * How long after an attempt has failed the next one is made, or undefined when that was the last. `attempts` counts
 * those made, `chance` is at least 0 and below 1.
 */
export function retryDelayMs(
  strategy: SubscriptionRow['notifyStrategy'],
  attempts: number,
  chance: number,
): number | undefined {
  if (strategy === 'BACKOFF_RETRY') {
    if (attempts > BACKOFF.retries) return undefined;
    return BACKOFF.leastMs + Math.floor(chance * (BACKOFF.mostMs - BACKOFF.leastMs));
  }
  if (attempts > DECAY.retries) return undefined;
  return Math.min(2 ** (attempts - 1), DECAY.mostSeconds) * 1000;
}
