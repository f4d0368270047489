import type { Awaitable, Unsaved } from './record-store.ts';

export interface QueueAttributes {
  delaySeconds: number;
  maximumMessageSize: number;
  messageRetentionSeconds: number;
  visibilityTimeoutSeconds: number;
  pollingWaitSeconds: number;
  loggingEnabled: boolean;
}

export interface QueueRow extends QueueAttributes {
  /** Never reused: a queue made again under the same name is another queue. */
  id: number;
  name: string;
  accountId: string;
  createdMs: number;
  modifiedMs: number;
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
  counts(queueId: number, nowMs: number): Awaitable<MessageCounts>;
  /** Removes up to `limit` expired messages of all queues; says how many. */
  removeExpired(nowMs: number, limit: number): Awaitable<number>;
}

export interface TopicRecords {
  byName(accountId: string, name: string): Awaitable<TopicRow | undefined>;
  page(query: { accountId: string; prefix: string; after: string; limit: number }): Awaitable<TopicRow[]>;
  insert(row: Unsaved<TopicRow>): Awaitable<TopicRow>;
  update(row: TopicRow): Awaitable<void>;
  /** Removes the topic and its subscriptions. */
  remove(id: number): Awaitable<void>;
  subscription(topicId: number, name: string): Awaitable<SubscriptionRow | undefined>;
  /** In name order, strictly after `after`. */
  subscriptions(query: { topicId: number; prefix: string; after: string; limit: number }): Awaitable<SubscriptionRow[]>;
  insertSubscription(row: Unsaved<SubscriptionRow>): Awaitable<SubscriptionRow>;
  updateSubscription(row: SubscriptionRow): Awaitable<void>;
  removeSubscription(id: number): Awaitable<void>;
}
