import { createHash } from 'node:crypto';
import { DomainError } from '../errors.ts';
import type { SubscriptionRow, TopicRow } from '../ports/queue-records.ts';
import type { Transaction } from '../ports/record-store.ts';
import { queueNamed } from './commands.ts';
import { queueOfEndpoint } from './endpoint.ts';
import { bodyMd5, messageFault, newMessage } from './message.ts';
import { notificationBody } from './notification-body.ts';

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

const SUBSCRIPTION_PAGE = 100;

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

export const topicCommands = {
  createTopic,
  setTopicAttributes,
  deleteTopic,
  subscribe,
  setSubscriptionAttributes,
  unsubscribe,
  publishMessage,
};
