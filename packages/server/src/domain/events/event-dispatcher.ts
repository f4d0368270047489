import type { Clock } from '../ports/clock.ts';
import type { EventRow } from '../ports/event-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { WebhookSender } from '../ports/webhook-sender.ts';

export interface EventDispatcherSettings {
  /** Sent at once: one slow answer does not keep the others. */
  concurrency: number;
  /** Time for one attempt. */
  attemptMs: number;
  /** Before the second attempt; doubles with each, up to `longestPauseMs`. */
  pauseMs: number;
  longestPauseMs: number;
  /** For how long an event is tried. */
  patienceMs: number;
  /** How long settled events are kept. */
  retentionMs: number;
  sweepMs: number;
}

const defaults: EventDispatcherSettings = {
  concurrency: 4,
  attemptMs: 10_000,
  pauseMs: 1_000,
  longestPauseMs: 600_000,
  patienceMs: 24 * 3_600_000,
  retentionMs: 7 * 24 * 3_600_000,
  sweepMs: 600_000,
};

const SWEEP_BATCH = 500;

/** Tells the webhook what was recorded, at least once, again and again until it answers with success or a day is over. */
export class EventDispatcher {
  #records: RecordStore;
  #sender: WebhookSender;
  #clock: Clock;
  #settings: EventDispatcherSettings;
  #settled: (event: EventRow, outcome: string, state: EventRow['state']) => void;
  #trouble: (error: unknown) => void;
  #active = false;
  #underWay = new Map<number, Promise<void>>();
  #stop = new AbortController();
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #cancel: () => void = () => {};
  #cancelSweep: () => void = () => {};
  #unsubscribe: (() => void) | undefined;
  constructor(dependencies: {
    records: RecordStore;
    sender: WebhookSender;
    clock: Clock;
    settings?: Partial<EventDispatcherSettings>;
    /** Called after each attempt. */
    settled?: (event: EventRow, outcome: string, state: EventRow['state']) => void;
    trouble?: (error: unknown) => void;
  }) {
    this.#records = dependencies.records;
    this.#sender = dependencies.sender;
    this.#clock = dependencies.clock;
    this.#settings = { ...defaults, ...dependencies.settings };
    this.#settled = dependencies.settled ?? (() => {});
    this.#trouble = dependencies.trouble ?? (() => {});
  }

  start(): void {
    if (this.#active) return;
    this.#active = true;
    this.#unsubscribe = this.#records.onCommit(({ type }) => {
      if (type === 'event-recorded') this.#look();
    });
    this.#look();
    this.#sweepLater();
  }

  /** What is under way is cut; it is sent again after the next start. */
  async stop(): Promise<void> {
    this.#active = false;
    this.#unsubscribe?.();
    this.#cancel();
    this.#cancelSweep();
    this.#stop.abort();
    await this.#looking;
    await Promise.all(this.#underWay.values());
  }

  #look(): void {
    if (!this.#active) return;
    this.#lookAgain = true;
    this.#looking ??= this.#lookOn()
      .catch(this.#trouble)
      .finally(() => {
        this.#looking = undefined;
        if (this.#lookAgain) this.#look();
      });
  }

  async #lookOn(): Promise<void> {
    const { concurrency, longestPauseMs } = this.#settings;
    while (this.#lookAgain && this.#active) {
      this.#lookAgain = false;
      this.#cancel();
      const nowMs = this.#clock.now();
      const next = await this.#records.reads.events.next(2 * concurrency);
      const waiting = next.filter(({ number }) => !this.#underWay.has(number));
      for (const event of waiting) {
        if (event.dueMs > nowMs || this.#underWay.size >= concurrency) break;
        this.#begin(event);
      }
      // The end of a delivery looks again.
      const later = waiting.find(({ dueMs }) => dueMs > nowMs);
      const delayMs = later === undefined ? longestPauseMs : Math.min(longestPauseMs, later.dueMs - nowMs);
      this.#cancel = this.#clock.schedule(delayMs, () => this.#look());
    }
  }

  #begin(event: EventRow): void {
    const delivery = this.#deliver(event)
      .catch(this.#trouble)
      .finally(() => {
        this.#underWay.delete(event.number);
        this.#look();
      });
    this.#underWay.set(event.number, delivery);
  }

  async #deliver(event: EventRow): Promise<void> {
    const { attemptMs, pauseMs, longestPauseMs, patienceMs } = this.#settings;
    const { number, id, body, attempts, createdMs } = event;
    const sentMs = this.#clock.now();
    const deadline = new AbortController();
    const cancel = this.#clock.schedule(attemptMs, () => deadline.abort());
    let outcome: string;
    let good = false;
    try {
      const status = await this.#sender.send(
        { id, body, sentMs },
        AbortSignal.any([deadline.signal, this.#stop.signal]),
      );
      outcome = String(status);
      good = status >= 200 && status < 300;
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      outcome = deadline.signal.aborted ? `no answer within ${attemptMs} ms` : reasonOf(error);
    } finally {
      cancel();
    }
    const triedMs = this.#clock.now();
    const dueMs = triedMs + Math.min(longestPauseMs, pauseMs * 2 ** Math.min(attempts, 20));
    const pending = dueMs < createdMs + patienceMs ? 'Pending' : 'Failed';
    const state = good ? 'Delivered' : pending;
    await this.#records.transact('settleEvent', { number, attempts, state, dueMs, triedMs, outcome });
    this.#settled(event, outcome, state);
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#clock.schedule(this.#settings.sweepMs, () => void this.#sweep());
  }

  async #sweep(): Promise<void> {
    try {
      const beforeMs = this.#clock.now() - this.#settings.retentionMs;
      let removed = SWEEP_BATCH;
      while (this.#active && removed === SWEEP_BATCH) {
        removed = await this.#records.transact('removeSettledEvents', { beforeMs, limit: SWEEP_BATCH });
      }
    } catch (error) {
      this.#trouble(error);
    }
    if (this.#active) this.#sweepLater();
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500);
