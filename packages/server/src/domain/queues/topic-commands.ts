import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '../errors.ts';
import type { MessageTraits, SubscriptionRow, SubscriptionTraits, TopicRow } from '../ports/queue-records.ts';
import type { Transaction } from '../ports/record-store.ts';
import { queueNamed } from './commands.ts';
import { pushUrlOfEndpoint, queueOfEndpoint } from './endpoint.ts';
import { bodyMd5, messageFault } from './message.ts';
import { deliverToQueue } from './push-commands.ts';

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
  traits?: MessageTraits;
  nowMs: number;
}

export interface Published {
  messageId: string;
  bodyMd5: string;
  /** How many queues have it, or will be tried until they do, and how many pushes will be tried. */
  deliveries: number;
}

export interface NewSubscription extends TopicName {
  subscription: string;
  endpoint: string;
  /** '' takes every message. */
  filterTag: string;
  notifyStrategy: SubscriptionRow['notifyStrategy'];
  notifyContentFormat: SubscriptionRow['notifyContentFormat'];
  traits?: SubscriptionTraits;
  nowMs: number;
}

/** "A topic has at most 100 subscriptions." */
const MOST_SUBSCRIPTIONS = 100;
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
  input: TopicName & { attributes: TopicAttributes; traits?: TopicRow['traits']; nowMs: number },
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
    traits: input.traits ?? {},
    name: input.topic,
    accountId: input.accountId,
    createdMs: input.nowMs,
    modifiedMs: input.nowMs,
  });
  return { created: true };
}

async function setTopicAttributes(
  tx: Transaction,
  input: TopicName & { attributes: Partial<TopicAttributes>; traits?: TopicRow['traits']; nowMs: number },
): Promise<void> {
  const row = await topicNamed(tx, input);
  const { attributes, traits = {}, nowMs } = input;
  await tx.topics.update({ ...row, ...attributes, traits: { ...row.traits, ...traits }, modifiedMs: nowMs });
}

async function deleteTopic(tx: Transaction, input: TopicName): Promise<void> {
  const row = await topicNamed(tx, input);
  const subscriptions = await tx.topics.subscriptions({
    topicId: row.id,
    prefix: '',
    after: '',
    limit: MOST_SUBSCRIPTIONS,
  });
  await tx.topics.remove(row.id);
  // What waits for them goes, too, some at a time.
  for (const { id } of subscriptions) tx.announce({ type: 'pushes-changed', subscriptionId: id, atMs: 0 });
}

/** The queue for what cannot be delivered must be there, and not be the one that is subscribed. */
async function checkDeadLetters(
  tx: Transaction,
  accountId: string,
  endpoint: string,
  { deadLetters }: SubscriptionTraits,
): Promise<void> {
  if (deadLetters === undefined || !deadLetters.enabled) return;
  const { targetQueue } = deadLetters;
  if (targetQueue === queueOfEndpoint(endpoint)) {
    throw new DomainError('InvalidArgument', {
      name: 'DeadLetterTargetQueue',
      value: targetQueue,
      reason: 'The queue that is subscribed cannot take the dead letters of its own subscription: name another one.',
    });
  }
  await queueNamed(tx, { accountId, queue: targetQueue });
}

/**
 * Subscribes a queue or a URL to a topic. A queue must exist and take the largest message the topic lets through, so
 * that a delivery never fails later for a reason that was there from the start.
 */
async function subscribe(tx: Transaction, input: NewSubscription): Promise<{ created: boolean }> {
  const topic = await topicNamed(tx, input);
  const queueName = queueOfEndpoint(input.endpoint);
  if (queueName === undefined && pushUrlOfEndpoint(input.endpoint) === undefined) {
    throw new DomainError('InvalidArgument', {
      name: 'Endpoint',
      value: input.endpoint,
      reason: 'The endpoint must name a queue, acs:mns:{region}:{account}:queues/{queue}, or be an http or https URL.',
    });
  }
  const { traits = {} } = input;
  const existing = await tx.topics.subscription(topic.id, input.subscription);
  if (existing !== undefined) {
    const same =
      existing.endpoint === input.endpoint &&
      existing.filterTag === input.filterTag &&
      existing.notifyStrategy === input.notifyStrategy &&
      existing.notifyContentFormat === input.notifyContentFormat &&
      isDeepStrictEqual(existing.traits, traits);
    if (same) return { created: false };
    throw new DomainError('SubscriptionExists', { subscription: input.subscription });
  }
  if (queueName !== undefined) await checkQueue(tx, topic, queueName, input.endpoint);
  await checkDeadLetters(tx, input.accountId, input.endpoint, traits);
  const others = await tx.topics.subscriptions({ topicId: topic.id, prefix: '', after: '', limit: MOST_SUBSCRIPTIONS });
  if (others.length >= MOST_SUBSCRIPTIONS) {
    throw new DomainError('InvalidArgument', {
      name: 'Subscription',
      value: input.subscription,
      reason: `Topic ${topic.name} has ${MOST_SUBSCRIPTIONS} subscriptions, as many as it may: remove one first.`,
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
    traits,
  });
  return { created: true };
}

async function checkQueue(tx: Transaction, topic: TopicRow, queueName: string, endpoint: string): Promise<void> {
  const queue = await queueNamed(tx, { accountId: topic.accountId, queue: queueName });
  if (queue.maximumMessageSize >= topic.maximumMessageSize) return;
  throw new DomainError('InvalidArgument', {
    name: 'Endpoint',
    value: endpoint,
    reason:
      `Queue ${queueName} takes messages of up to ${queue.maximumMessageSize} bytes and topic ${topic.name} lets ` +
      `through ${topic.maximumMessageSize}: raise the queue's MaximumMessageSize or lower the topic's.`,
  });
}

async function setSubscriptionAttributes(
  tx: Transaction,
  input: TopicName & {
    subscription: string;
    attributes: Partial<Pick<SubscriptionRow, 'notifyStrategy' | 'filterTag'>>;
    traits?: SubscriptionTraits;
    nowMs: number;
  },
): Promise<void> {
  const row = await subscriptionNamed(tx, input);
  const { attributes, traits = {}, nowMs } = input;
  await checkDeadLetters(tx, input.accountId, row.endpoint, traits);
  await tx.topics.updateSubscription({
    ...row,
    ...attributes,
    traits: { ...row.traits, ...traits },
    modifiedMs: nowMs,
  });
}

async function unsubscribe(tx: Transaction, input: TopicName & { subscription: string }): Promise<void> {
  const row = await subscriptionNamed(tx, input);
  await tx.topics.removeSubscription(row.id);
  tx.announce({ type: 'pushes-changed', subscriptionId: row.id, atMs: 0 });
}

/** Fails with TopicMissing, or InvalidArgument when the body is empty or larger than the topic lets through. */
async function publishMessage(tx: Transaction, input: Publication): Promise<Published> {
  const topic = await topicNamed(tx, input);
  const fault = messageFault(topic, input);
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

async function fanOut(tx: Transaction, topic: TopicRow, input: Publication): Promise<Published> {
  const published: Published = { messageId: input.messageId, bodyMd5: bodyMd5(input.body), deliveries: 0 };
  let after = '';
  for (;;) {
    const page = await tx.topics.subscriptions({ topicId: topic.id, prefix: '', after, limit: SUBSCRIPTION_PAGE });
    for (const subscription of page) {
      // "A subscription with a tag receives only messages whose tag is equal"; without one it receives everything.
      if (subscription.filterTag !== '' && subscription.filterTag !== input.tag) continue;
      await deliverTo(tx, topic, subscription, input, published.bodyMd5);
      published.deliveries += 1;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < SUBSCRIPTION_PAGE) return published;
    after = last.name;
  }
}

/** A queue has the message with this transaction; a URL, or a queue that is missing, is tried after it. */
async function deliverTo(
  tx: Transaction,
  topic: TopicRow,
  subscription: SubscriptionRow,
  input: Publication,
  md5: string,
): Promise<void> {
  const push = {
    subscriptionId: subscription.id,
    messageId: input.messageId,
    body: input.body,
    bodyMd5: md5,
    tag: input.tag ?? '',
    traits: input.traits ?? {},
    publishedMs: input.nowMs,
  };
  if (await deliverToQueue(tx, { topic, subscription, push, token: input.token, nowMs: input.nowMs })) return;
  await tx.pushes.insert({ ...push, dueMs: input.nowMs, attempts: 0, fault: '', givenUpMs: 0 });
  tx.announce({ type: 'pushes-changed', subscriptionId: subscription.id, atMs: input.nowMs });
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
