import type { Clock } from '../ports/clock.ts';
import type { ClaimedPush } from './push-commands.ts';

export interface PushLaneOptions {
  clock: Clock;
  /** Attempts that may be under way at a time. */
  width: number;
  /** Takes due pushes out of the records, at most so many; and says when the next is due. */
  claim: (limit: number) => Promise<{ claimed: ClaimedPush[]; nextDueMs?: number }>;
  /** Makes one attempt and records how it ended. Never rejects. */
  attempt: (push: ClaimedPush) => Promise<void>;
  onFault: (error: unknown) => void;
  /** Called when nothing is under way and nothing is due in the time to come. */
  onEmpty: () => void;
}

/** After the records could not be asked. */
const PAUSE_MS = 5_000;

/**
 * The pushes of one subscription: due ones are tried, at most so many at a time, so that a receiver that hangs holds up
 * nobody's pushes but its own.
 */
export class PushLane {
  #options: PushLaneOptions;
  #underWay = 0;
  #claiming = false;
  #claimAgain = false;
  /** More was due than there was room for. */
  #crowded = false;
  #timer: { atMs: number; cancel: () => void } | undefined;
  #closed = false;

  constructor(options: PushLaneOptions) {
    this.#options = options;
  }

  /** Something is due at `atMs`, or was before. */
  changed(atMs: number): void {
    if (this.#closed) return;
    if (atMs <= this.#options.clock.now()) void this.#claim();
    else this.#wakeAt(atMs);
  }

  /** Begins no more attempts. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #wakeAt(atMs: number): void {
    if (this.#timer !== undefined && this.#timer.atMs <= atMs) return;
    this.#timer?.cancel();
    const cancel = this.#options.clock.schedule(atMs - this.#options.clock.now(), () => {
      this.#timer = undefined;
      void this.#claim();
    });
    this.#timer = { atMs, cancel };
  }

  async #claim(): Promise<void> {
    if (this.#claiming) {
      this.#claimAgain = true;
      return;
    }
    this.#claiming = true;
    do {
      this.#claimAgain = false;
      const room = this.#options.width - this.#underWay;
      this.#crowded = room === 0;
      if (this.#crowded) break;
      try {
        const { claimed, nextDueMs } = await this.#options.claim(room);
        if (this.#closed) break;
        for (const push of claimed) void this.#attempt(push);
        if (nextDueMs === undefined) continue;
        if (nextDueMs > this.#options.clock.now()) this.#wakeAt(nextDueMs);
        else this.#claimAgain = true;
      } catch (error) {
        this.#options.onFault(error);
        if (!this.#closed) this.#wakeAt(this.#options.clock.now() + PAUSE_MS);
      }
    } while (this.#claimAgain && !this.#closed);
    this.#claiming = false;
    this.#leaveIfEmpty();
  }

  async #attempt(push: ClaimedPush): Promise<void> {
    this.#underWay += 1;
    await this.#options.attempt(push);
    this.#underWay -= 1;
    if (this.#closed) return;
    if (this.#crowded) void this.#claim();
    else this.#leaveIfEmpty();
  }

  #leaveIfEmpty(): void {
    if (!this.#claiming && this.#underWay === 0 && this.#timer === undefined) this.#options.onEmpty();
  }
}
