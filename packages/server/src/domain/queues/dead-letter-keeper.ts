import type { Clock } from '../ports/clock.ts';
import type { CommitEvent, RecordStore } from '../ports/record-store.ts';

/** Bounds one transaction. */
const MOVED_AT_ONCE = 500;
/** Commit events are hints; so often the records are looked at anyway. */
const RECHECK_MS = 10_000;

export interface DeadLetterKeeperOptions {
  records: RecordStore;
  clock: Clock;
  region: string;
  onFault: (error: unknown) => void;
}

/** Moves messages that were received too often to their dead-letter queues, when their last time-out ends. */
export class DeadLetterKeeper {
  #options: DeadLetterKeeperOptions;
  #timer: { atMs: number; cancel: () => void } | undefined;
  #moving = false;
  #closed = false;
  #stopListening: () => void;

  constructor(options: DeadLetterKeeperOptions) {
    this.#options = options;
    this.#stopListening = options.records.onCommit((event: CommitEvent) => {
      if (event.type === 'message-dying') this.#wakeAt(event.atMs);
    });
  }

  start(): void {
    this.#wakeAt(0);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#stopListening();
  }

  #wakeAt(atMs: number): void {
    if (this.#closed || (this.#timer !== undefined && this.#timer.atMs <= atMs)) return;
    this.#timer?.cancel();
    const { clock } = this.#options;
    const cancel = clock.schedule(Math.max(0, atMs - clock.now()), () => {
      this.#timer = undefined;
      void this.#move();
    });
    this.#timer = { atMs, cancel };
  }

  async #move(): Promise<void> {
    // Whoever moves looks for the next time at the end, and sees what became due meanwhile.
    if (this.#moving) return;
    this.#moving = true;
    const { records, clock, region, onFault } = this.#options;
    let nextMs = clock.now() + RECHECK_MS;
    try {
      let moved = MOVED_AT_ONCE;
      while (moved >= MOVED_AT_ONCE && !this.#closed) {
        if (((await records.reads.messages.nextDeathMs()) ?? Number.POSITIVE_INFINITY) > clock.now()) break;
        moved = await records.transact('moveDeadLetters', { nowMs: clock.now(), limit: MOVED_AT_ONCE, region });
      }
      nextMs = Math.min(nextMs, (await records.reads.messages.nextDeathMs()) ?? nextMs);
    } catch (error) {
      onFault(error);
    }
    this.#moving = false;
    this.#wakeAt(nextMs);
  }
}
