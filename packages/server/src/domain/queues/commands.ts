import { createHash } from 'node:crypto';
import { DomainError } from '../errors.ts';
import type { MessageRow, QueueAttributes, QueueRow, SubscriptionRow, TopicRow } from '../ports/queue-records.ts';
import type { Transaction } from '../ports/record-store.ts';
import { queueOfEndpoint } from './endpoint.ts';
import {
  asDelivery,
  asWaiting,
  bodyMd5,
  type Delivery,
  deliver,
  type HandleFault,
  heldMessage,
  messageFault,
  newMessage,
  type OutgoingMessage,
  type SentMessage,
  undeliver,
  type WaitingMessage,
} from './message.ts';
import { notificationBody } from './notification-body.ts';
import { formatReceiptHandle, parseReceiptHandle } from './receipt-handle.ts';

/** Names a queue as its owner does. */
export interface QueueName {
  accountId: string;
  queue: string;
}

/** Names a topic as its owner does. */
export interface TopicName {
  accountId: string;
  topic: string;
}

export interface TopicAttributes {
  maximumMessageSize: number;
  loggingEnabled: boolean;
}

/** What a publisher says, with the identities the message will bear. */
export interface Publication extends TopicName {
  messageId: string;
  /** The ids of the queue messages are derived from this and the subscription: 16 hex digits. */
  token: string;
  body: string;
  tag?: string;
  nowMs: number;
}

export interface Published {
  messageId: string;
  bodyMd5: string;
  /** How many queues got it. */
  deliveries: number;
}

export interface NewSubscription extends TopicName {
  subscription: string;
  endpoint: string;
  /** '' takes every message. */
  filterTag: string;
  notifyStrategy: SubscriptionRow['notifyStrategy'];
  notifyContentFormat: SubscriptionRow['notifyContentFormat'];
  nowMs: number;
}

/** One receiver's part of a `receiveMessages`: it gets up to `count` messages, all under the receipt `token`. */
export interface ReceiveWish {
  count: number;
  token: string;
}

const QUEUE_ATTRIBUTES = [
  'delaySeconds',
  'maximumMessageSize',
  'messageRetentionSeconds',
  'visibilityTimeoutSeconds',
  'pollingWaitSeconds',
  'loggingEnabled',
] as const satisfies readonly (keyof QueueAttributes)[];

const SUBSCRIPTION_PAGE = 100;

async function queueNamed(tx: Transaction, { accountId, queue }: QueueName): Promise<QueueRow> {
  const row = await tx.queues.byName(accountId, queue);
  if (row === undefined) throw new DomainError('QueueMissing', { queue });
  return row;
}

async function queueNumbered(tx: Transaction, id: number, name: string): Promise<QueueRow> {
  const row = await tx.queues.byId(id);
  if (row === undefined) throw new DomainError('QueueMissing', { queue: name });
  return row;
}

async function topicNamed(tx: Transaction, { accountId, topic }: TopicName): Promise<TopicRow> {
  const row = await tx.topics.byName(accountId, topic);
  if (row === undefined) throw new DomainError('TopicMissing', { topic });
  return row;
}

async function subscriptionNamed(
  tx: Transaction,
  input: TopicName & { subscription: string },
): Promise<SubscriptionRow> {
  const topic = await topicNamed(tx, input);
  const row = await tx.topics.subscription(topic.id, input.subscription);
  if (row === undefined) throw new DomainError('SubscriptionMissing', { subscription: input.subscription });
  return row;
}

/** Making a queue that exists with the same attributes is no change; with others it is refused. */
async function createQueue(
  tx: Transaction,
  input: QueueName & { attributes: QueueAttributes; nowMs: number },
): Promise<{ created: boolean }> {
  const existing = await tx.queues.byName(input.accountId, input.queue);
  if (existing !== undefined) {
    if (QUEUE_ATTRIBUTES.every((name) => existing[name] === input.attributes[name])) return { created: false };
    throw new DomainError('QueueExists', { queue: input.queue });
  }
  await tx.queues.insert({
    ...input.attributes,
    name: input.queue,
    accountId: input.accountId,
    createdMs: input.nowMs,
    modifiedMs: input.nowMs,
  });
  return { created: true };
}

/** Attributes left out keep their values. New delays and time-outs hold for later sends and receives only. */
async function setQueueAttributes(
  tx: Transaction,
  input: QueueName & { attributes: Partial<QueueAttributes>; nowMs: number },
): Promise<void> {
  const row = await queueNamed(tx, input);
  await tx.queues.update({ ...row, ...input.attributes, modifiedMs: input.nowMs });
}

async function deleteQueue(tx: Transaction, input: QueueName): Promise<void> {
  const row = await queueNamed(tx, input);
  await tx.queues.remove(row.id);
  tx.announce({ type: 'queue-deleted', queueId: row.id });
}

/**
 * Sends one or several messages; each stands for itself, so one that the queue cannot take does not keep back the
 * others. Outcomes are in input order.
 */
async function sendMessages(
  tx: Transaction,
  input: QueueName & { messages: OutgoingMessage[]; nowMs: number },
): Promise<({ sent: SentMessage } | { refused: { name: string; value: string; reason: string } })[]> {
  const queue = await queueNamed(tx, input);
  const outcomes: Awaited<ReturnType<typeof sendMessages>> = [];
  const times = new Set<number>();
  for (const message of input.messages) {
    const fault = messageFault(queue, message.body);
    if (fault !== undefined) {
      outcomes.push({ refused: fault.details });
      continue;
    }
    const row = await tx.messages.insert(newMessage(queue, message, input.nowMs));
    times.add(row.visibleMs);
    outcomes.push({
      sent: {
        messageId: row.messageId,
        bodyMd5: row.bodyMd5,
        ...(row.receipt === '' ? {} : { receiptHandle: formatReceiptHandle(row, row.receipt) }),
      },
    });
  }
  for (const atMs of times) tx.announce({ type: 'queue-changed', queueId: queue.id, atMs });
  return outcomes;
}

/**
 * Gives receivable messages to one or several receivers, the first served first. The queue goes by number, so that a
 * receiver that has waited never takes from another queue made under the same name. When there was not enough for all,
 * `nextVisibleMs` says when it is worth coming back without being told.
 */
async function receiveMessages(
  tx: Transaction,
  input: { queueId: number; queue: string; wishes: ReceiveWish[]; nowMs: number },
): Promise<{ deliveries: Delivery[][]; nextVisibleMs?: number }> {
  const queue = await queueNumbered(tx, input.queueId, input.queue);
  const wanted = input.wishes.reduce((sum, wish) => sum + wish.count, 0);
  const rows = await tx.messages.receivable(queue.id, input.nowMs, wanted);
  let taken = 0;
  const deliveries: Delivery[][] = [];
  for (const wish of input.wishes) {
    const mine: Delivery[] = [];
    for (const row of rows.slice(taken, taken + wish.count)) {
      const delivered = deliver(row, wish.token, queue.visibilityTimeoutSeconds, input.nowMs);
      await tx.messages.update(delivered);
      mine.push(asDelivery(delivered));
    }
    taken += mine.length;
    deliveries.push(mine);
  }
  const atMs = deliveries[0]?.[0]?.nextVisibleMs;
  if (atMs !== undefined) tx.announce({ type: 'queue-changed', queueId: queue.id, atMs });
  if (taken >= wanted) return { deliveries };
  const nextVisibleMs = await tx.messages.nextVisibleMs(queue.id, input.nowMs);
  return nextVisibleMs === undefined ? { deliveries } : { deliveries, nextVisibleMs };
}

/** Takes deliveries back whose receiver had gone before it could be told: visible at once, and not counted. */
async function returnMessages(tx: Transaction, input: { handles: string[]; nowMs: number }): Promise<void> {
  const queues = new Set<number>();
  for (const text of input.handles) {
    const handle = parseReceiptHandle(text);
    const row = handle && (await tx.messages.get(handle.rowId));
    if (row === undefined || row.receipt !== handle?.receipt || row.visibleMs <= input.nowMs) continue;
    await tx.messages.update(undeliver(row, input.nowMs));
    queues.add(row.queueId);
  }
  for (const queueId of queues) tx.announce({ type: 'queue-changed', queueId, atMs: input.nowMs });
}

async function peekMessages(
  tx: Transaction,
  input: QueueName & { count: number; nowMs: number },
): Promise<WaitingMessage[]> {
  const queue = await queueNamed(tx, input);
  const rows = await tx.messages.receivable(queue.id, input.nowMs, input.count);
  return rows.map(asWaiting);
}

/** Deletes what the handles speak for; one outcome for each, in input order. Those that fail do not keep the others. */
async function deleteMessages(
  tx: Transaction,
  input: QueueName & { handles: string[]; nowMs: number },
): Promise<('deleted' | HandleFault)[]> {
  const queue = await queueNamed(tx, input);
  const outcomes: ('deleted' | HandleFault)[] = [];
  for (const handle of input.handles) {
    const held = await heldMessage(async (id) => tx.messages.get(id), queue.id, handle, input.nowMs);
    if (typeof held === 'string') {
      outcomes.push(held);
      continue;
    }
    await tx.messages.remove(held.row.id);
    outcomes.push('deleted');
  }
  return outcomes;
}

/** Counts the new time from now, and gives a new handle; 0 seconds makes the message visible at once. */
async function changeVisibility(
  tx: Transaction,
  input: QueueName & { handle: string; visibilityTimeoutSeconds: number; token: string; nowMs: number },
): Promise<{ receiptHandle: string; nextVisibleMs: number }> {
  const queue = await queueNamed(tx, input);
  const held = await heldMessage(async (id) => tx.messages.get(id), queue.id, input.handle, input.nowMs);
  if (held === 'NoMessage') throw new DomainError('NoMessage', { queue: input.queue });
  if (held === 'ReceiptHandleInvalid') throw new DomainError('ReceiptHandleInvalid', { handle: input.handle });
  const changed: MessageRow = {
    ...held.row,
    visibleMs: input.nowMs + input.visibilityTimeoutSeconds * 1000,
    receipt: input.token,
    previousReceipt: held.receipt,
  };
  await tx.messages.update(changed);
  tx.announce({ type: 'queue-changed', queueId: queue.id, atMs: changed.visibleMs });
  return { receiptHandle: formatReceiptHandle(changed, changed.receipt), nextVisibleMs: changed.visibleMs };
}

/** Says how many it removed; as many as `limit` means there may be more. */
async function removeExpiredMessages(tx: Transaction, input: { nowMs: number; limit: number }): Promise<number> {
  return tx.messages.removeExpired(input.nowMs, input.limit);
}

async function createTopic(
  tx: Transaction,
  input: TopicName & { attributes: TopicAttributes; nowMs: number },
): Promise<{ created: boolean }> {
  const existing = await tx.topics.byName(input.accountId, input.topic);
  if (existing !== undefined) {
    const same =
      existing.maximumMessageSize === input.attributes.maximumMessageSize &&
      existing.loggingEnabled === input.attributes.loggingEnabled;
    if (same) return { created: false };
    throw new DomainError('TopicExists', { topic: input.topic });
  }
  await tx.topics.insert({
    ...input.attributes,
    name: input.topic,
    accountId: input.accountId,
    createdMs: input.nowMs,
    modifiedMs: input.nowMs,
  });
  return { created: true };
}

async function setTopicAttributes(
  tx: Transaction,
  input: TopicName & { attributes: Partial<TopicAttributes>; nowMs: number },
): Promise<void> {
  const row = await topicNamed(tx, input);
  await tx.topics.update({ ...row, ...input.attributes, modifiedMs: input.nowMs });
}

async function deleteTopic(tx: Transaction, input: TopicName): Promise<void> {
  const row = await topicNamed(tx, input);
  await tx.topics.remove(row.id);
}

/**
 * Subscribes a queue to a topic. The queue must exist and take the largest message the topic lets through, so that a
 * delivery never fails later for a reason that was there from the start.
 */
async function subscribe(tx: Transaction, input: NewSubscription): Promise<{ created: boolean }> {
  const topic = await topicNamed(tx, input);
  const queueName = queueOfEndpoint(input.endpoint);
  if (queueName === undefined) {
    throw new DomainError('InvalidArgument', {
      name: 'Endpoint',
      value: input.endpoint,
      reason: 'The endpoint must name a queue: acs:mns:{region}:{account}:queues/{queue}.',
    });
  }
  const existing = await tx.topics.subscription(topic.id, input.subscription);
  if (existing !== undefined) {
    const same =
      existing.endpoint === input.endpoint &&
      existing.filterTag === input.filterTag &&
      existing.notifyStrategy === input.notifyStrategy &&
      existing.notifyContentFormat === input.notifyContentFormat;
    if (same) return { created: false };
    throw new DomainError('SubscriptionExists', { subscription: input.subscription });
  }
  const queue = await queueNamed(tx, { accountId: input.accountId, queue: queueName });
  if (queue.maximumMessageSize < topic.maximumMessageSize) {
    throw new DomainError('InvalidArgument', {
      name: 'Endpoint',
      value: input.endpoint,
      reason:
        `Queue ${queueName} takes messages of up to ${queue.maximumMessageSize} bytes and topic ${topic.name} lets ` +
        `through ${topic.maximumMessageSize}: raise the queue's MaximumMessageSize or lower the topic's.`,
    });
  }
  await tx.topics.insertSubscription({
    topicId: topic.id,
    name: input.subscription,
    endpoint: input.endpoint,
    filterTag: input.filterTag,
    notifyStrategy: input.notifyStrategy,
    notifyContentFormat: input.notifyContentFormat,
    createdMs: input.nowMs,
    modifiedMs: input.nowMs,
  });
  return { created: true };
}

async function setSubscriptionAttributes(
  tx: Transaction,
  input: TopicName & {
    subscription: string;
    attributes: Partial<Pick<SubscriptionRow, 'notifyStrategy' | 'filterTag'>>;
    nowMs: number;
  },
): Promise<void> {
  const row = await subscriptionNamed(tx, input);
  await tx.topics.updateSubscription({ ...row, ...input.attributes, modifiedMs: input.nowMs });
}

async function unsubscribe(tx: Transaction, input: TopicName & { subscription: string }): Promise<void> {
  const row = await subscriptionNamed(tx, input);
  await tx.topics.removeSubscription(row.id);
}

/** Fails with TopicMissing, or InvalidArgument when the body is empty or larger than the topic lets through. */
async function publishMessage(tx: Transaction, input: Publication): Promise<Published> {
  const topic = await topicNamed(tx, input);
  const fault = messageFault(topic, input.body);
  if (fault !== undefined) throw fault;
  return fanOut(tx, topic, input);
}

/**
 * Publishes from within another command (the end of a task), in its transaction. False when the account has no topic of
 * that name: a notification that nobody set up must not undo the work it tells of.
 */
export async function publish(tx: Transaction, input: Publication): Promise<Published | false> {
  const topic = await tx.topics.byName(input.accountId, input.topic);
  return topic === undefined ? false : fanOut(tx, topic, input);
}

/** Derived, not drawn: commands are functions of their input. 32 upper-case hex digits. */
const messageIdFor = (token: string, subscriptionId: number): string =>
  createHash('sha256').update(`${token}:${subscriptionId}`).digest('hex').slice(0, 32).toUpperCase();

async function fanOut(tx: Transaction, topic: TopicRow, input: Publication): Promise<Published> {
  const published: Published = { messageId: input.messageId, bodyMd5: bodyMd5(input.body), deliveries: 0 };
  let after = '';
  for (;;) {
    const page = await tx.topics.subscriptions({ topicId: topic.id, prefix: '', after, limit: SUBSCRIPTION_PAGE });
    for (const subscription of page) {
      if (await deliverTo(tx, topic, subscription, input, published.bodyMd5)) published.deliveries += 1;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < SUBSCRIPTION_PAGE) return published;
    after = last.name;
  }
}

async function deliverTo(
  tx: Transaction,
  topic: TopicRow,
  subscription: SubscriptionRow,
  input: Publication,
  md5: string,
): Promise<boolean> {
  // "A subscription with a tag receives only messages whose tag is equal"; without one it receives everything.
  if (subscription.filterTag !== '' && subscription.filterTag !== input.tag) return false;
  const queueName = queueOfEndpoint(subscription.endpoint);
  const queue = queueName === undefined ? undefined : await tx.queues.byName(topic.accountId, queueName);
  if (queue === undefined) return false;
  const body = notificationBody(subscription.notifyContentFormat, {
    topicOwner: topic.accountId,
    topicName: topic.name,
    subscriber: topic.accountId,
    subscriptionName: subscription.name,
    messageId: input.messageId,
    body: input.body,
    bodyMd5: md5,
    ...(input.tag === undefined ? {} : { tag: input.tag }),
    publishedMs: input.nowMs,
  });
  // The queue's size limit is not applied: it was compared with the topic's, and the envelope is not the publisher's.
  const messageId = messageIdFor(input.token, subscription.id);
  const row = await tx.messages.insert(newMessage(queue, { messageId, token: input.token, body }, input.nowMs));
  tx.announce({ type: 'queue-changed', queueId: queue.id, atMs: row.visibleMs });
  return true;
}

export const queueCommands = {
  createQueue,
  setQueueAttributes,
  deleteQueue,
  sendMessages,
  receiveMessages,
  returnMessages,
  peekMessages,
  deleteMessages,
  changeVisibility,
  removeExpiredMessages,
  createTopic,
  setTopicAttributes,
  deleteTopic,
  subscribe,
  setSubscriptionAttributes,
  unsubscribe,
  publishMessage,
};
