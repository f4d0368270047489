import { DomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import type { Clock } from '../ports/clock.ts';
import type { MessageCounts, QueueAttributes, QueueRow, QueueTraits } from '../ports/queue-records.ts';
import type { CommitEvent, RecordStore } from '../ports/record-store.ts';
import type { QueueName } from './commands.ts';
import type { Delivery, HandleFault, OutgoingMessage, SentMessage, WaitingMessage } from './message.ts';
import { ReceiveLimiter } from './receive-limiter.ts';
import { WaitingRoom } from './waiting-room.ts';

const defaultQueueAttributes: QueueAttributes = {
  delaySeconds: 0,
  maximumMessageSize: 65_536,
  messageRetentionSeconds: 345_600,
  visibilityTimeoutSeconds: 30,
  pollingWaitSeconds: 0,
  loggingEnabled: false,
};

export interface QueueDescription {
  queue: QueueRow;
  counts: MessageCounts;
}

export type SendOutcome = { sent: SentMessage } | { refused: { name: string; value: string; reason: string } };

const SWEEP_EVERY_MS = 10_000;
const SWEEP_LIMIT = 1_000;

export interface QueueServiceOptions {
  records: RecordStore;
  clock: Clock;
  identities: Identities;
  /** Told of faults in work that nobody waits for: sweeping and taking back undelivered messages. */
  onFault: (error: unknown) => void;
}

/** Queues and their messages, as one account sees them. Errors are `DomainError`s of the kinds QueueMissing, QueueExists, NoMessage, ReceiptHandleInvalid, RateExceeded, InvalidArgument. */
export class QueueService {
  #records: RecordStore;
  #clock: Clock;
  #identities: Identities;
  #onFault: (error: unknown) => void;
  /** By queue number, so that a waiter is tied to one incarnation of a name. */
  #rooms = new Map<number, WaitingRoom>();
  #limiter: ReceiveLimiter;
  #stopListening: () => void;
  #cancelSweep: () => void = () => {};
  #closed = false;

  constructor({ records, clock, identities, onFault }: QueueServiceOptions) {
    this.#records = records;
    this.#clock = clock;
    this.#identities = identities;
    this.#onFault = onFault;
    this.#limiter = new ReceiveLimiter(clock);
    this.#stopListening = records.onCommit((event) => this.#heard(event));
  }

  /** Begins to remove expired messages from time to time. Receiving never shows them, swept or not. */
  start(): void {
    this.#cancelSweep = this.#clock.schedule(SWEEP_EVERY_MS, () => {
      this.#sweep()
        .catch(this.#onFault)
        .finally(() => {
          if (!this.#closed) this.start();
        });
    });
  }

  /** Answers every waiting receiver with nothing and makes later receives not wait. */
  close(): void {
    this.#closed = true;
    this.#cancelSweep();
    this.#stopListening();
    for (const room of [...this.#rooms.values()]) room.close();
  }

  /** Attributes left out take their defaults. `created` is false when the queue existed with the same attributes. */
  create(
    name: QueueName,
    attributes: Partial<QueueAttributes>,
    traits: QueueTraits = {},
  ): Promise<{ created: boolean }> {
    return this.#records.transact('createQueue', {
      ...name,
      attributes: { ...defaultQueueAttributes, ...attributes },
      traits,
      nowMs: this.#clock.now(),
    });
  }

  setAttributes(name: QueueName, attributes: Partial<QueueAttributes>, traits: QueueTraits = {}): Promise<void> {
    return this.#records.transact('setQueueAttributes', { ...name, attributes, traits, nowMs: this.#clock.now() });
  }

  delete(name: QueueName): Promise<void> {
    return this.#records.transact('deleteQueue', name);
  }

  async describe(name: QueueName): Promise<QueueDescription> {
    return this.#describe(await this.#named(name));
  }

  /** A page in name order, strictly after `after`; `next` is what to continue after, if there is more. */
  async list(query: {
    accountId: string;
    prefix: string;
    after: string;
    limit: number;
  }): Promise<{ queues: QueueRow[]; next?: string }> {
    const rows = await this.#records.reads.queues.page({ ...query, limit: query.limit + 1 });
    const queues = rows.slice(0, query.limit);
    const last = queues.at(-1);
    return rows.length > query.limit && last !== undefined ? { queues, next: last.name } : { queues };
  }

  async describeAll(queues: readonly QueueRow[]): Promise<QueueDescription[]> {
    return Promise.all(queues.map((queue) => this.#describe(queue)));
  }

  /** One outcome for each message, in order; a refused one does not keep back the others. */
  send(name: QueueName, messages: readonly Omit<OutgoingMessage, 'messageId' | 'token'>[]): Promise<SendOutcome[]> {
    return this.#records.transact('sendMessages', {
      ...name,
      messages: messages.map((message) => ({
        ...message,
        messageId: this.#identities.message(),
        token: this.#identities.token(),
      })),
      nowMs: this.#clock.now(),
    });
  }

  /**
   * Up to `count` messages, none when the wait is over before there are any. Waits `waitSeconds`, or the queue's own
   * polling time when that is undefined. When `signal` aborts, the receiver is dropped at once and nothing is kept from
   * others; whoever then cannot pass on what was received hands it to `giveBack`.
   */
  async receive(
    name: QueueName,
    options: { count: number; waitSeconds?: number; signal: AbortSignal },
  ): Promise<Delivery[]> {
    const queue = await this.#named(name);
    this.#limiter.count(queue);
    const waitSeconds = this.#closed ? 0 : (options.waitSeconds ?? queue.pollingWaitSeconds);
    if (options.signal.aborted) return [];
    if (waitSeconds > 0) return this.#room(queue).wait(options.count, waitSeconds * 1000, options.signal);
    const { deliveries } = await this.#take(queue, [options.count]);
    const mine = deliveries[0] ?? [];
    if (!options.signal.aborted) return mine;
    await this.giveBack(mine);
    return [];
  }

  /** Undoes deliveries that never reached their receiver. */
  async giveBack(deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    const handles = deliveries.map((delivery) => delivery.receiptHandle);
    try {
      await this.#records.transact('returnMessages', { handles, nowMs: this.#clock.now() });
    } catch (error) {
      // They come back by themselves when their visibility time-out ends.
      this.#onFault(error);
    }
  }

  /** Messages that could be received now, unchanged; never waits. */
  peek(name: QueueName, count: number): Promise<WaitingMessage[]> {
    return this.#records.transact('peekMessages', { ...name, count, nowMs: this.#clock.now() });
  }

  /** One outcome for each handle, in order. */
  deleteMessages(name: QueueName, handles: readonly string[]): Promise<('deleted' | HandleFault)[]> {
    return this.#records.transact('deleteMessages', { ...name, handles: [...handles], nowMs: this.#clock.now() });
  }

  /** Makes a received or delayed message visible `visibilityTimeoutSeconds` from now; the new handle replaces the old. */
  changeVisibility(
    name: QueueName,
    handle: string,
    visibilityTimeoutSeconds: number,
  ): Promise<{ receiptHandle: string; nextVisibleMs: number }> {
    return this.#records.transact('changeVisibility', {
      ...name,
      handle,
      visibilityTimeoutSeconds,
      token: this.#identities.token(),
      nowMs: this.#clock.now(),
    });
  }

  async #named({ accountId, queue }: QueueName): Promise<QueueRow> {
    const row = await this.#records.reads.queues.byName(accountId, queue);
    if (row === undefined) throw new DomainError('QueueMissing', { queue });
    return row;
  }

  async #describe(queue: QueueRow): Promise<QueueDescription> {
    return { queue, counts: await this.#records.reads.messages.counts(queue.id, this.#clock.now()) };
  }

  #take(queue: QueueRow, counts: number[]): Promise<{ deliveries: Delivery[][]; nextVisibleMs?: number }> {
    return this.#records.transact('receiveMessages', {
      queueId: queue.id,
      queue: queue.name,
      wishes: counts.map((count) => ({ count, token: this.#identities.token() })),
      nowMs: this.#clock.now(),
    });
  }

  async #firstVisibleMs(queueId: number): Promise<number | undefined> {
    const { queues, messages } = this.#records.reads;
    // Who waits for a queue that has gone is to ask for a message and be told so.
    return (await queues.byId(queueId)) === undefined ? 0 : messages.firstVisibleMs(queueId);
  }

  #room(queue: QueueRow): WaitingRoom {
    const existing = this.#rooms.get(queue.id);
    if (existing !== undefined) return existing;
    const room = new WaitingRoom({
      clock: this.#clock,
      queue: queue.name,
      take: (counts) => this.#take(queue, counts),
      firstVisibleMs: () => this.#firstVisibleMs(queue.id),
      giveBack: (deliveries) => this.giveBack(deliveries),
      onEmpty: () => this.#rooms.delete(queue.id),
    });
    this.#rooms.set(queue.id, room);
    return room;
  }

  #heard(event: CommitEvent): void {
    if (event.type === 'queue-changed') this.#rooms.get(event.queueId)?.changed(event.atMs);
    else if (event.type === 'queue-deleted') this.#rooms.get(event.queueId)?.deleted();
  }

  async #sweep(): Promise<void> {
    let removed = 0;
    do {
      removed = await this.#records.transact('removeExpiredMessages', {
        nowMs: this.#clock.now(),
        limit: SWEEP_LIMIT,
      });
    } while (removed >= SWEEP_LIMIT && !this.#closed);
  }
}
