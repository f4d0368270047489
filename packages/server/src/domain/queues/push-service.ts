import { DomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import type { Clock } from '../ports/clock.ts';
import type { PushSender } from '../ports/push-sender.ts';
import type { PushRow } from '../ports/queue-records.ts';
import type { CommitEvent, RecordStore } from '../ports/record-store.ts';
import { pushUrlOfEndpoint } from './endpoint.ts';
import type { ClaimedPush, PushEnd } from './push-commands.ts';
import { PushLane } from './push-lane.ts';
import { pushRequest } from './push-request.ts';

/** "A receiver must answer within 5 seconds." */
const TIMEOUT_MS = 5_000;
/** An attempt of which nothing is heard for so long died with its process. */
const HOLD_MS = 20_000;
/** Attempts under way for one subscription; a receiver that hangs holds so many connections and no more. */
const LANE_WIDTH = 16;
/** Attempts that an operator can look back on. */
const KEPT_ATTEMPTS = 1_000;
/** Given-up pushes that are shown, and how long they are kept. */
const SHOWN_GIVEN_UP = 1_000;
const KEEP_GIVEN_UP_MS = 7 * 24 * 3_600_000;
/** Events are hints: so often the records are asked whether one was missed. */
const RECHECK_MS = 30_000;
const SWEEP_EVERY_MS = 3_600_000;
const SWEEP_LIMIT = 1_000;

/** One attempt and what came of it, for the operator. */
export interface PushAttempt {
  atMs: number;
  pushId: number;
  requestId: string;
  topic: string;
  subscription: string;
  endpoint: string;
  messageId: string;
  /** Which one it was, from 1. */
  attempt: number;
  ms: number;
  status?: number;
  /** Absent when the receiver took it. */
  failure?: string;
  outcome: PushEnd;
}

/** A push that nobody tries any more, for the operator. */
export interface GivenUpPush {
  id: number;
  /** Absent when the subscription has gone since. */
  topic?: string;
  subscription?: string;
  endpoint?: string;
  messageId: string;
  publishedMs: number;
  givenUpMs: number;
  attempts: number;
  fault: string;
}

export interface PushServiceOptions {
  records: RecordStore;
  sender: PushSender;
  clock: Clock;
  identities: Identities;
  region: string;
  /** At least 0 and below 1: spreads retries. */
  chance: () => number;
  /** Told of each attempt once it has ended. */
  attempted: (attempt: PushAttempt) => void;
  /** Told of faults in work that nobody waits for. */
  onFault: (error: unknown) => void;
}

/** Takes published messages to the URLs, and the missing queues, that are subscribed to their topic. */
export class PushService {
  #options: PushServiceOptions;
  /** By subscription number. */
  #lanes = new Map<number, PushLane>();
  #kept: PushAttempt[] = [];
  #underWay = new Set<AbortController>();
  #stopListening: () => void;
  #cancelUpkeep: () => void = () => {};
  #sweepAtMs = 0;
  #closed = false;

  constructor(options: PushServiceOptions) {
    this.#options = options;
    this.#stopListening = options.records.onCommit((event) => this.#heard(event));
  }

  /** Begins with what an earlier process has left, and looks for what was missed from time to time. */
  async start(): Promise<void> {
    await this.#look();
    this.#upkeepLater();
  }

  /** Cuts attempts under way; they are made again by the next process. */
  close(): void {
    this.#closed = true;
    this.#cancelUpkeep();
    this.#stopListening();
    for (const lane of this.#lanes.values()) lane.close();
    for (const attempt of this.#underWay) attempt.abort(new Error('The server is stopping.'));
  }

  /** Throws InvalidArgument for a URL that nothing would ever be sent to. */
  checkEndpoint(endpoint: string): void {
    const url = pushUrlOfEndpoint(endpoint);
    const reason = url && this.#options.sender.fault(url);
    if (reason !== undefined) throw new DomainError('InvalidArgument', { name: 'Endpoint', value: endpoint, reason });
  }

  /** The latest, newest first. */
  get attempts(): readonly PushAttempt[] {
    return this.#kept.toReversed();
  }

  async givenUp(): Promise<GivenUpPush[]> {
    const { pushes } = this.#options.records.reads;
    const rows = await pushes.givenUp(SHOWN_GIVEN_UP);
    return Promise.all(rows.map((row) => this.#describe(row)));
  }

  /** Begins again with a push that was given up. False when it is not one of those. */
  replay(pushId: number): Promise<boolean> {
    return this.#options.records.transact('replayPush', { pushId, nowMs: this.#options.clock.now() });
  }

  async #describe(row: PushRow): Promise<GivenUpPush> {
    const { topics } = this.#options.records.reads;
    const subscription = await topics.subscriptionById(row.subscriptionId);
    const topic = subscription && (await topics.byId(subscription.topicId));
    return {
      id: row.id,
      ...(topic === undefined ? {} : { topic: topic.name }),
      ...(subscription === undefined ? {} : { subscription: subscription.name, endpoint: subscription.endpoint }),
      messageId: row.messageId,
      publishedMs: row.publishedMs,
      givenUpMs: row.givenUpMs,
      attempts: row.attempts,
      fault: row.fault,
    };
  }

  #heard(event: CommitEvent): void {
    if (event.type === 'pushes-changed' && !this.#closed) this.#lane(event.subscriptionId).changed(event.atMs);
  }

  #lane(subscriptionId: number): PushLane {
    const existing = this.#lanes.get(subscriptionId);
    if (existing !== undefined) return existing;
    const { records, clock, identities, onFault } = this.#options;
    const lane = new PushLane({
      clock,
      width: LANE_WIDTH,
      claim: (limit) => {
        const token = identities.token();
        return records.transact('claimPushes', { subscriptionId, limit, holdMs: HOLD_MS, token, nowMs: clock.now() });
      },
      attempt: (push) => this.#attempt(push),
      onFault,
      onEmpty: () => this.#lanes.delete(subscriptionId),
    });
    this.#lanes.set(subscriptionId, lane);
    return lane;
  }

  async #look(): Promise<void> {
    const nowMs = this.#options.clock.now();
    for (const id of await this.#options.records.reads.pushes.subscriptions()) this.#lane(id).changed(nowMs);
  }

  #upkeepLater(): void {
    this.#cancelUpkeep = this.#options.clock.schedule(RECHECK_MS, () => {
      this.#upkeep()
        .catch(this.#options.onFault)
        .finally(() => {
          if (!this.#closed) this.#upkeepLater();
        });
    });
  }

  async #upkeep(): Promise<void> {
    await this.#look();
    const nowMs = this.#options.clock.now();
    if (nowMs < this.#sweepAtMs) return;
    this.#sweepAtMs = nowMs + SWEEP_EVERY_MS;
    const input = { beforeMs: nowMs - KEEP_GIVEN_UP_MS, limit: SWEEP_LIMIT };
    while ((await this.#options.records.transact('removeGivenUpPushes', input)) >= SWEEP_LIMIT && !this.#closed);
  }

  async #attempt(claimed: ClaimedPush): Promise<void> {
    const { clock, identities, records, region, chance, onFault } = this.#options;
    const { push, topic, subscription } = claimed;
    const requestId = identities.request();
    const beganMs = clock.now();
    const { status, failure } = await this.#send(claimed, requestId);
    // What was cut by the end of this process is neither a success nor a failure of the receiver's.
    if (this.#closed && failure !== undefined) return;
    try {
      const outcome = await records.transact('endPush', {
        pushId: push.id,
        attempt: push.attempts,
        fault: failure ?? '',
        chance: chance(),
        token: identities.token(),
        region,
        nowMs: clock.now(),
      });
      this.#keep({
        atMs: beganMs,
        pushId: push.id,
        requestId,
        topic: topic.name,
        subscription: subscription.name,
        endpoint: subscription.endpoint,
        messageId: push.messageId,
        attempt: push.attempts,
        ms: clock.now() - beganMs,
        ...(status === undefined ? {} : { status }),
        ...(failure === undefined ? {} : { failure }),
        outcome,
      });
    } catch (error) {
      // It is due again once its hold is over.
      onFault(error);
    }
  }

  /** Never rejects. */
  async #send(claimed: ClaimedPush, requestId: string): Promise<{ status?: number; failure?: string }> {
    const request = pushRequest(claimed, requestId);
    if (request === undefined) return { failure: `There is no queue ${claimed.subscription.endpoint}.` };
    const cut = new AbortController();
    const cancel = this.#options.clock.schedule(TIMEOUT_MS, () =>
      cut.abort(new Error(`No answer within ${TIMEOUT_MS / 1000} seconds.`)),
    );
    this.#underWay.add(cut);
    try {
      const { status } = await this.#options.sender.send(request, cut.signal);
      return status >= 200 && status < 300 ? { status } : { status, failure: `Answered with status ${status}.` };
    } catch (error) {
      const reason: unknown = cut.signal.aborted ? cut.signal.reason : error;
      return { failure: reason instanceof Error ? reason.message : String(reason) };
    } finally {
      cancel();
      this.#underWay.delete(cut);
    }
  }

  #keep(attempt: PushAttempt): void {
    this.#kept.push(attempt);
    if (this.#kept.length > KEPT_ATTEMPTS) this.#kept.shift();
    this.#options.attempted(attempt);
  }
}
