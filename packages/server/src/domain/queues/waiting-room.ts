import { DomainError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Delivery } from './message.ts';

/** Takes messages for several receivers at once, first come first served. */
export type Take = (counts: number[]) => Promise<{ deliveries: Delivery[][]; nextVisibleMs?: number }>;

export interface WaitingRoomOptions {
  clock: Clock;
  /** For the error given to waiters when the queue goes. */
  queue: string;
  take: Take;
  /** When a message is, or was, receivable, told without taking any; undefined when none will be. */
  firstVisibleMs: () => Promise<number | undefined>;
  /** Makes messages receivable again whose receiver left while they were being fetched. */
  giveBack: (deliveries: Delivery[]) => Promise<void>;
  /** Called when the last waiter has left. */
  onEmpty: () => void;
}

interface Waiter {
  count: number;
  /** False once the receiver has gone or its time is up: nothing may be given to it any more. */
  listening: boolean;
  settle(deliveries: Delivery[]): void;
  fail(error: unknown): void;
}

/**
 * Commit events are hints that may be lost, between processes at least; so a room with waiters looks this often anyway. It
 * only reads then: a thousand rooms that each asked the writer would never let it rest.
 */
const RECHECK_MS = 5_000;

/** Bounds the messages one transaction takes: 64 receivers of at most 16 messages. */
const WAITERS_PER_ROUND = 64;
/** One message wakes one receiver: it need not wait until as many as could be served are named to the writer. */
const FEWEST_PER_ROUND = 4;

/**
 * The receivers that wait on one incarnation of one queue. Whatever makes a message visible ends in `changed`: a send
 * and a visibility change come as commit events, the end of a delay or of a visibility time-out by a timer set from the
 * events' times and from what the last empty-handed look found.
 */
export class WaitingRoom {
  #options: WaitingRoomOptions;
  /** In order of arrival. */
  #waiters = new Set<Waiter>();
  #looking = false;
  #lookAgain = false;
  #timer: { atMs: number; cancel: () => void } | undefined;
  #cancelRecheck: (() => void) | undefined;
  /** How many waiters the next round is for: twice as many as the one before had messages for. */
  #width = FEWEST_PER_ROUND;
  #closed = false;

  constructor(options: WaitingRoomOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiters.size;
  }

  /**
   * Waits for up to `count` messages: settles with some as soon as there are any, and with none when the time is up or
   * the receiver has gone. Looks at once when entered, so nothing that happened before can be missed.
   */
  wait(count: number, waitMs: number, signal: AbortSignal): Promise<Delivery[]> {
    if (this.#closed || signal.aborted) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const leave = () => {
        if (!waiter.listening) return;
        waiter.settle([]);
      };
      const finish = () => {
        waiter.listening = false;
        signal.removeEventListener('abort', leave);
        cancelTimeout();
        this.#waiters.delete(waiter);
        if (this.#waiters.size === 0) this.#becomeEmpty();
      };
      const waiter: Waiter = {
        count,
        listening: true,
        settle(deliveries) {
          finish();
          resolve(deliveries);
        },
        fail(error) {
          finish();
          reject(error);
        },
      };
      const cancelTimeout = this.#options.clock.schedule(waitMs, leave);
      signal.addEventListener('abort', leave, { once: true });
      this.#waiters.add(waiter);
      this.#cancelRecheck ??= this.#recheckLater();
      this.#look();
    });
  }

  /** Something became receivable, or will at `atMs`. */
  changed(atMs: number): void {
    if (this.#waiters.size === 0) return;
    if (atMs <= this.#options.clock.now()) this.#look();
    else this.#lookAt(atMs);
  }

  /** The queue is gone: its waiters are told at once. */
  deleted(): void {
    for (const waiter of [...this.#waiters]) {
      waiter.fail(new DomainError('QueueMissing', { queue: this.#options.queue }));
    }
  }

  /** Sends everybody away with nothing. */
  close(): void {
    this.#closed = true;
    for (const waiter of [...this.#waiters]) waiter.settle([]);
  }

  #becomeEmpty(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#cancelRecheck?.();
    this.#cancelRecheck = undefined;
    this.#options.onEmpty();
  }

  #recheckLater(): () => void {
    return this.#options.clock.schedule(RECHECK_MS, () => {
      this.#cancelRecheck = this.#recheckLater();
      // Whatever is wrong with the records, a look tells the waiters.
      this.#options.firstVisibleMs().then(
        (atMs) => atMs !== undefined && this.changed(atMs),
        () => this.#look(),
      );
    });
  }

  #lookAt(atMs: number): void {
    if (this.#timer !== undefined && this.#timer.atMs <= atMs) return;
    this.#timer?.cancel();
    const cancel = this.#options.clock.schedule(atMs - this.#options.clock.now(), () => {
      this.#timer = undefined;
      this.#look();
    });
    this.#timer = { atMs, cancel };
  }

  #look(): void {
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    void this.#rounds();
  }

  /** Never rejects: a fault goes to the waiters of its round. */
  async #rounds(): Promise<void> {
    this.#looking = true;
    do {
      this.#lookAgain = false;
      const round = [...this.#waiters].slice(0, this.#width);
      if (round.length === 0) break;
      try {
        const found = await this.#options.take(round.map((waiter) => waiter.count));
        const unclaimed: Delivery[] = [];
        round.forEach((waiter, index) => {
          const deliveries = found.deliveries[index] ?? [];
          if (deliveries.length === 0) return;
          if (waiter.listening) waiter.settle(deliveries);
          else unclaimed.push(...deliveries);
        });
        if (unclaimed.length > 0) await this.#options.giveBack(unclaimed);
        const served = found.deliveries.filter((deliveries) => deliveries.length > 0).length;
        // A full round says nothing about what is left for the others.
        if (served === round.length) this.#lookAgain = true;
        this.#width = Math.min(Math.max(served * 2, FEWEST_PER_ROUND), WAITERS_PER_ROUND);
        if (found.nextVisibleMs !== undefined && this.#waiters.size > 0) this.#lookAt(found.nextVisibleMs);
      } catch (error) {
        for (const waiter of round) if (waiter.listening) waiter.fail(error);
      }
    } while (this.#lookAgain);
    this.#looking = false;
  }
}
