import type { Awaitable, Unsaved } from './record-store.ts';

export interface QueueAttributes {
  delaySeconds: number;
  maximumMessageSize: number;
  messageRetentionSeconds: number;
  visibilityTimeoutSeconds: number;
  pollingWaitSeconds: number;
  loggingEnabled: boolean;
}

/** Where a queue's messages go that were received too often. Kept while it is off. */
export interface DeadLetterPolicy {
  enabled: boolean;
  /** Name of a queue of the same account. */
  targetQueue: string;
  maxReceiveCount: number;
}

/** How many receives of a queue are let through in a second. Kept while it is off. */
export interface ReceiveLimit {
  enabled: boolean;
  perSecond: number;
}

/** What few queues have. */
export interface QueueTraits {
  deadLetters?: DeadLetterPolicy;
  receiveLimit?: ReceiveLimit;
  tags?: Readonly<Record<string, string>>;
}

export interface QueueRow extends QueueAttributes {
  /** Never reused: a queue made again under the same name is another queue. */
  id: number;
  name: string;
  accountId: string;
  createdMs: number;
  modifiedMs: number;
  traits: QueueTraits;
}

/** Something named that a sender attaches to a message beside its body. */
export interface MessageProperty {
  name: string;
  value: string;
  type: 'STRING' | 'NUMBER' | 'BOOLEAN' | 'BINARY';
}

/** What few messages have. */
export interface MessageTraits {
  user?: readonly MessageProperty[];
  system?: readonly MessageProperty[];
  /** What it is to be kept in order with. */
  group?: string;
}

export interface MessageRow {
  /** Order of arrival, over all queues. */
  id: number;
  queueId: number;
  messageId: string;
  body: string;
  /** Upper-case hex MD5 of the body's UTF-8 bytes. */
  bodyMd5: string;
  /** 1 is delivered first, 16 last. */
  priority: number;
  enqueuedMs: number;
  expiresMs: number;
  /** Receivable from this time on; in the past means now. */
  visibleMs: number;
  /** 0 until first received. */
  firstDequeuedMs: number;
  dequeueCount: number;
  /** Identifies the delivery whose receipt handle is good; '' when there is none. */
  receipt: string;
  /** The receipt before the last visibility change, still honoured until `visibleMs`; '' when there is none. */
  previousReceipt: string;
  /** Received as often as its queue allows: once its time-out ends it is a dead letter, and nobody receives it here. */
  dying: boolean;
  traits: MessageTraits;
}

export interface MessageCounts {
  active: number;
  inactive: number;
  delayed: number;
}

export interface TopicRow {
  id: number;
  name: string;
  accountId: string;
  maximumMessageSize: number;
  loggingEnabled: boolean;
  createdMs: number;
  modifiedMs: number;
  traits: { tags?: Readonly<Record<string, string>> };
}

/** What few subscriptions have. */
export interface SubscriptionTraits {
  /** Where messages go that could not be delivered. Kept while it is off. */
  deadLetters?: { enabled: boolean; targetQueue: string };
}

export interface SubscriptionRow {
  id: number;
  topicId: number;
  name: string;
  /** As the subscriber wrote it: `acs:mns:…:queues/NAME` or a URL. */
  endpoint: string;
  filterTag: string;
  notifyStrategy: 'BACKOFF_RETRY' | 'EXPONENTIAL_DECAY_RETRY';
  notifyContentFormat: 'XML' | 'JSON' | 'SIMPLIFIED';
  createdMs: number;
  modifiedMs: number;
  traits: SubscriptionTraits;
}

/** One copy of a published message that is not delivered yet. */
export interface PushRow {
  id: number;
  subscriptionId: number;
  /** Of the published message. */
  messageId: string;
  body: string;
  /** Upper-case hex. */
  bodyMd5: string;
  /** '' for none. */
  tag: string;
  traits: MessageTraits;
  publishedMs: number;
  /** When it is to be tried, or tried again should nothing be heard of the attempt under way. */
  dueMs: number;
  /** Begun so far. */
  attempts: number;
  /** What was wrong the last time; '' before. */
  fault: string;
  /** When its last attempt had failed; 0 while there are any left. */
  givenUpMs: number;
}

export interface QueueRecords {
  byName(accountId: string, name: string): Awaitable<QueueRow | undefined>;
  byId(id: number): Awaitable<QueueRow | undefined>;
  /** In name order, strictly after `after`. */
  page(query: { accountId: string; prefix: string; after: string; limit: number }): Awaitable<QueueRow[]>;
  insert(row: Unsaved<QueueRow>): Awaitable<QueueRow>;
  update(row: QueueRow): Awaitable<void>;
  /** Removes the queue and its messages. */
  remove(id: number): Awaitable<void>;
}

export interface MessageRecords {
  insert(row: Unsaved<MessageRow>): Awaitable<MessageRow>;
  get(id: number): Awaitable<MessageRow | undefined>;
  /** Stores what may change. Queue, identities, body and time of arrival never do. */
  update(row: MessageRow): Awaitable<void>;
  remove(id: number): Awaitable<void>;
  /** Up to `limit` receivable messages (visible, not expired), by priority and then by arrival. Cost must not grow with depth. */
  receivable(queueId: number, nowMs: number, limit: number): Awaitable<MessageRow[]>;
  /** The earliest time after `nowMs` at which an unexpired message becomes visible; undefined when there is none. */
  nextVisibleMs(queueId: number, nowMs: number): Awaitable<number | undefined>;
  /**
   * When the first message is, or was, receivable, as far as reading can tell: 0 for one that was made ready, which may have
   * expired since. Undefined when nothing will be. Costs a look at an index.
   */
  firstVisibleMs(queueId: number): Awaitable<number | undefined>;
  /** Those that were to die by `nowMs`, of all queues, earliest first. */
  dying(nowMs: number, limit: number): Awaitable<MessageRow[]>;
  /** When the next one dies, of all queues; undefined when there is none. */
  nextDeathMs(): Awaitable<number | undefined>;
  /** One that is to die is inactive until it has. */
  counts(queueId: number, nowMs: number): Awaitable<MessageCounts>;
  /** Removes up to `limit` expired messages of all queues; says how many. */
  removeExpired(nowMs: number, limit: number): Awaitable<number>;
}

export interface TopicRecords {
  byName(accountId: string, name: string): Awaitable<TopicRow | undefined>;
  byId(id: number): Awaitable<TopicRow | undefined>;
  page(query: { accountId: string; prefix: string; after: string; limit: number }): Awaitable<TopicRow[]>;
  insert(row: Unsaved<TopicRow>): Awaitable<TopicRow>;
  update(row: TopicRow): Awaitable<void>;
  /** Removes the topic and its subscriptions. */
  remove(id: number): Awaitable<void>;
  subscription(topicId: number, name: string): Awaitable<SubscriptionRow | undefined>;
  subscriptionById(id: number): Awaitable<SubscriptionRow | undefined>;
  /** In name order, strictly after `after`. */
  subscriptions(query: { topicId: number; prefix: string; after: string; limit: number }): Awaitable<SubscriptionRow[]>;
  insertSubscription(row: Unsaved<SubscriptionRow>): Awaitable<SubscriptionRow>;
  updateSubscription(row: SubscriptionRow): Awaitable<void>;
  removeSubscription(id: number): Awaitable<void>;
}

export interface PushRecords {
  insert(row: Unsaved<PushRow>): Awaitable<PushRow>;
  get(id: number): Awaitable<PushRow | undefined>;
  /** Stores what may change: due time, attempts, fault, and when it was given up. */
  update(row: PushRow): Awaitable<void>;
  remove(id: number): Awaitable<void>;
  /** Up to `limit` pushes of a subscription that are due and not given up, earliest first. */
  due(subscriptionId: number, nowMs: number, limit: number): Awaitable<PushRow[]>;
  /** When the next one of a subscription is due that is not given up; undefined when there is none. */
  nextDueMs(subscriptionId: number): Awaitable<number | undefined>;
  /** Every subscription, existing or not, that has pushes which are not given up. Cost must not grow with their number. */
  subscriptions(): Awaitable<number[]>;
  /** How many of a subscription are not given up. */
  waiting(subscriptionId: number): Awaitable<number>;
  /** The `limit` that were given up last, the last first. */
  givenUp(limit: number): Awaitable<PushRow[]>;
  /** Removes up to `limit` pushes of a subscription, given up or not; says how many. */
  removeOf(subscriptionId: number, limit: number): Awaitable<number>;
  /** Removes up to `limit` pushes given up before a time; says how many. */
  removeGivenUp(beforeMs: number, limit: number): Awaitable<number>;
}
