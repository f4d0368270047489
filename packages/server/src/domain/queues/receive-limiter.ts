import { DomainError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { QueueRow } from '../ports/queue-records.ts';

/** How often each queue was received from within the current second. Counted by this process only. */
export class ReceiveLimiter {
  #clock: Clock;
  #second = 0;
  /** By queue number. */
  #counts = new Map<number, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts one receive. Throws RateExceeded when the queue's limit for this second is used up. */
  count({ id, name, traits: { receiveLimit } }: QueueRow): void {
    if (receiveLimit?.enabled !== true) return;
    const second = Math.floor(this.#clock.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#counts.clear();
    }
    const count = (this.#counts.get(id) ?? 0) + 1;
    if (count > receiveLimit.perSecond) {
      throw new DomainError('RateExceeded', { queue: name, perSecond: receiveLimit.perSecond });
    }
    this.#counts.set(id, count);
  }
}
