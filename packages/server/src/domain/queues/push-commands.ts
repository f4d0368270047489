import { createHash } from 'node:crypto';
import type { PushRow, SubscriptionRow, TopicRow } from '../ports/queue-records.ts';
import type { Transaction } from '../ports/record-store.ts';
import { queueOfEndpoint, topicResource } from './endpoint.ts';
import { newMessage } from './message.ts';
import { deadLetterTraits } from './message-traits.ts';
import { notificationBody, type PublishedMessage } from './notification-body.ts';
import { retryDelayMs } from './retry-schedule.ts';

/** Pushes of a subscription that is gone are removed so many at a time. */
const REMOVED_AT_ONCE = 1000;

/** What a subscriber is sent: message, topic and subscription. */
type Sent = Pick<PushRow, 'messageId' | 'body' | 'bodyMd5' | 'tag' | 'publishedMs'>;

/** A push with all that its attempt needs. */
export interface ClaimedPush {
  push: PushRow;
  topic: TopicRow;
  subscription: SubscriptionRow;
}

export type PushEnd =
  | 'delivered'
  /** Will be tried again at `dueMs`. */
  | { dueMs: number }
  /** No attempt is left: in the dead-letter queue, or kept for somebody to see. */
  | 'dead-lettered'
  | 'given-up'
  /** Somebody else has tried it since, or it is gone. */
  | 'stale';

export function publishedMessage(topic: TopicRow, subscription: SubscriptionRow, sent: Sent): PublishedMessage {
  return {
    topicOwner: topic.accountId,
    topicName: topic.name,
    subscriber: topic.accountId,
    subscriptionName: subscription.name,
    messageId: sent.messageId,
    body: sent.body,
    bodyMd5: sent.bodyMd5,
    ...(sent.tag === '' ? {} : { tag: sent.tag }),
    publishedMs: sent.publishedMs,
  };
}

/** Derived, not drawn: commands are functions of their input. 32 upper-case hex digits. */
const messageIdFor = (token: string, subscriptionId: number): string =>
  createHash('sha256').update(`${token}:${subscriptionId}`).digest('hex').slice(0, 32).toUpperCase();

/** Sends a copy to the queue that a subscription names. False when it names none, or there is none of that name. */
export async function deliverToQueue(
  tx: Transaction,
  delivery: {
    topic: TopicRow;
    subscription: SubscriptionRow;
    push: Sent & Pick<PushRow, 'traits'>;
    token: string;
    nowMs: number;
  },
): Promise<boolean> {
  const { topic, subscription, push, token, nowMs } = delivery;
  const queueName = queueOfEndpoint(subscription.endpoint);
  const queue = queueName === undefined ? undefined : await tx.queues.byName(topic.accountId, queueName);
  if (queue === undefined) return false;
  const body = notificationBody(subscription.notifyContentFormat, publishedMessage(topic, subscription, push));
  const messageId = messageIdFor(token, subscription.id);
  // The queue's size limit is not applied: it was compared with the topic's, and the envelope is not the publisher's.
  const row = await tx.messages.insert(newMessage(queue, { messageId, token, body, traits: push.traits }, nowMs));
  tx.announce({ type: 'queue-changed', queueId: queue.id, atMs: row.visibleMs });
  return true;
}

/**
 * Takes up to `limit` due pushes of a subscription to be tried, and hides them for `holdMs`: should whoever tries them
 * not live to tell, they are due again after that. Queues are delivered to here. The pushes of a subscription that is
 * gone are removed.
 */
async function claimPushes(
  tx: Transaction,
  input: { subscriptionId: number; limit: number; holdMs: number; token: string; nowMs: number },
): Promise<{ claimed: ClaimedPush[]; nextDueMs?: number }> {
  const { subscriptionId, nowMs } = input;
  const subscription = await tx.topics.subscriptionById(subscriptionId);
  const topic = subscription && (await tx.topics.byId(subscription.topicId));
  if (subscription === undefined || topic === undefined) {
    const removed = await tx.pushes.removeOf(subscriptionId, REMOVED_AT_ONCE);
    return removed < REMOVED_AT_ONCE ? { claimed: [] } : { claimed: [], nextDueMs: nowMs };
  }
  const claimed: ClaimedPush[] = [];
  for (const row of await tx.pushes.due(subscriptionId, nowMs, input.limit)) {
    const token = createHash('sha256').update(`${input.token}:${row.id}`).digest('hex').slice(0, 16);
    if (await deliverToQueue(tx, { topic, subscription, push: row, token, nowMs })) {
      await tx.pushes.remove(row.id);
      continue;
    }
    const push: PushRow = { ...row, attempts: row.attempts + 1, dueMs: nowMs + input.holdMs };
    await tx.pushes.update(push);
    claimed.push({ push, topic, subscription });
  }
  const nextDueMs = await tx.pushes.nextDueMs(subscriptionId);
  return nextDueMs === undefined ? { claimed } : { claimed, nextDueMs };
}

/** Records how an attempt ended, and when the next is due. `chance` spreads the retries of many pushes. */
async function endPush(
  tx: Transaction,
  input: {
    pushId: number;
    attempt: number;
    fault: string;
    chance: number;
    token: string;
    region: string;
    nowMs: number;
  },
): Promise<PushEnd> {
  const { nowMs } = input;
  const row = await tx.pushes.get(input.pushId);
  if (row === undefined || row.attempts !== input.attempt || row.givenUpMs > 0) return 'stale';
  if (input.fault === '') {
    await tx.pushes.remove(row.id);
    return 'delivered';
  }
  const subscription = await tx.topics.subscriptionById(row.subscriptionId);
  const topic = subscription && (await tx.topics.byId(subscription.topicId));
  if (subscription === undefined || topic === undefined) {
    await tx.pushes.remove(row.id);
    return 'stale';
  }
  const delayMs = retryDelayMs(subscription.notifyStrategy, row.attempts, input.chance);
  if (delayMs !== undefined) {
    const dueMs = nowMs + delayMs;
    await tx.pushes.update({ ...row, dueMs, fault: input.fault });
    tx.announce({ type: 'pushes-changed', subscriptionId: row.subscriptionId, atMs: dueMs });
    return { dueMs };
  }
  if (await toDeadLetters(tx, { push: row, topic, subscription }, input)) {
    await tx.pushes.remove(row.id);
    return 'dead-lettered';
  }
  await tx.pushes.update({ ...row, fault: input.fault, givenUpMs: nowMs });
  return 'given-up';
}

async function toDeadLetters(
  tx: Transaction,
  { push, topic, subscription }: ClaimedPush,
  { token, region, nowMs }: { token: string; region: string; nowMs: number },
): Promise<boolean> {
  const { deadLetters } = subscription.traits;
  if (deadLetters?.enabled !== true) return false;
  const queue = await tx.queues.byName(topic.accountId, deadLetters.targetQueue);
  if (queue === undefined) return false;
  const resource = topicResource({ region, accountId: topic.accountId, topic: topic.name });
  const message: Parameters<typeof newMessage>[1] = {
    messageId: messageIdFor(token, subscription.id),
    token,
    body: notificationBody(subscription.notifyContentFormat, publishedMessage(topic, subscription, push)),
    traits: deadLetterTraits(push.traits, { type: 'TOPIC', resource, messageId: push.messageId }),
  };
  const row = await tx.messages.insert(newMessage(queue, message, nowMs));
  tx.announce({ type: 'queue-changed', queueId: queue.id, atMs: row.visibleMs });
  return true;
}

/** Begins again with a push that was given up. False when it is not one of those. */
async function replayPush(tx: Transaction, input: { pushId: number; nowMs: number }): Promise<boolean> {
  const row = await tx.pushes.get(input.pushId);
  if (row === undefined || row.givenUpMs === 0) return false;
  await tx.pushes.update({ ...row, attempts: 0, dueMs: input.nowMs, givenUpMs: 0 });
  tx.announce({ type: 'pushes-changed', subscriptionId: row.subscriptionId, atMs: input.nowMs });
  return true;
}

/** Says how many it removed; as many as `limit` means there may be more. */
async function removeGivenUpPushes(tx: Transaction, input: { beforeMs: number; limit: number }): Promise<number> {
  return tx.pushes.removeGivenUp(input.beforeMs, input.limit);
}

export const pushCommands = { claimPushes, endPush, replayPush, removeGivenUpPushes };
