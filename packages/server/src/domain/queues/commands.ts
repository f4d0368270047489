import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '../errors.ts';
import type { MessageRow, QueueAttributes, QueueRow, QueueTraits } from '../ports/queue-records.ts';
import type { Transaction } from '../ports/record-store.ts';
import { queueResource } from './endpoint.ts';
import {
  asDelivery,
  asWaiting,
  type Delivery,
  deliver,
  type HandleFault,
  heldMessage,
  messageFault,
  movedMessage,
  newMessage,
  type OutgoingMessage,
  type SentMessage,
  undeliver,
  type WaitingMessage,
} from './message.ts';
import { formatReceiptHandle, parseReceiptHandle } from './receipt-handle.ts';

/** Names a queue as its owner does. */
export interface QueueName {
  accountId: string;
  queue: string;
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

/** Throws `QueueMissing`. */
export async function queueNamed(tx: Transaction, { accountId, queue }: QueueName): Promise<QueueRow> {
  const row = await tx.queues.byName(accountId, queue);
  if (row === undefined) throw new DomainError('QueueMissing', { queue });
  return row;
}

async function queueNumbered(tx: Transaction, id: number, name: string): Promise<QueueRow> {
  const row = await tx.queues.byId(id);
  if (row === undefined) throw new DomainError('QueueMissing', { queue: name });
  return row;
}

/** A queue that takes dead letters must be there, and be another one. */
async function checkTraits(tx: Transaction, name: QueueName, { deadLetters }: QueueTraits): Promise<void> {
  if (deadLetters === undefined || !deadLetters.enabled) return;
  const { targetQueue } = deadLetters;
  if (targetQueue === name.queue) {
    throw new DomainError('InvalidArgument', {
      name: 'DeadLetterTargetQueue',
      value: targetQueue,
      reason: 'A queue cannot take its own dead letters: name another one.',
    });
  }
  await queueNamed(tx, { accountId: name.accountId, queue: targetQueue });
}

/** Making a queue that exists with the same attributes is no change; with others it is refused. */
async function createQueue(
  tx: Transaction,
  input: QueueName & { attributes: QueueAttributes; traits?: QueueTraits; nowMs: number },
): Promise<{ created: boolean }> {
  const existing = await tx.queues.byName(input.accountId, input.queue);
  const { traits = {} } = input;
  if (existing !== undefined) {
    const same = QUEUE_ATTRIBUTES.every((name) => existing[name] === input.attributes[name]);
    // Tags are no attribute: who makes the queue again without them means the same queue.
    if (same && isDeepStrictEqual({ ...existing.traits, tags: traits.tags }, { ...traits, tags: traits.tags })) {
      return { created: false };
    }
    throw new DomainError('QueueExists', { queue: input.queue });
  }
  await checkTraits(tx, input, traits);
  await tx.queues.insert({
    ...input.attributes,
    traits,
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
  input: QueueName & { attributes: Partial<QueueAttributes>; traits?: QueueTraits; nowMs: number },
): Promise<void> {
  const row = await queueNamed(tx, input);
  const { attributes, traits = {}, nowMs } = input;
  await checkTraits(tx, input, traits);
  await tx.queues.update({ ...row, ...attributes, traits: { ...row.traits, ...traits }, modifiedMs: nowMs });
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
    const fault = messageFault(queue, message);
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
      const delivered = deliver(row, wish.token, queue, input.nowMs);
      await tx.messages.update(delivered);
      if (delivered.dying) tx.announce({ type: 'message-dying', atMs: delivered.visibleMs });
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
  if (changed.dying) tx.announce({ type: 'message-dying', atMs: changed.visibleMs });
  else tx.announce({ type: 'queue-changed', queueId: queue.id, atMs: changed.visibleMs });
  return { receiptHandle: formatReceiptHandle(changed, changed.receipt), nextVisibleMs: changed.visibleMs };
}

/** Derived, not drawn: commands are functions of their input and the records. */
const deadLetterId = (message: MessageRow, target: QueueRow): string =>
  createHash('sha256')
    .update(`${message.messageId}:${message.id}:${target.id}`)
    .digest('hex')
    .slice(0, 32)
    .toUpperCase();

/**
 * Moves messages whose last time-out has ended to where their queue has its dead letters. A queue that has come to keep
 * them, or whose target is gone, gets them back: nothing is lost over it. Says how many it looked at.
 */
async function moveDeadLetters(
  tx: Transaction,
  input: { nowMs: number; limit: number; region: string },
): Promise<number> {
  const rows = await tx.messages.dying(input.nowMs, input.limit);
  const changed = new Set<number>();
  for (const row of rows) {
    const source = await tx.queues.byId(row.queueId);
    if (source === undefined || row.expiresMs <= input.nowMs) {
      await tx.messages.remove(row.id);
      continue;
    }
    const { deadLetters } = source.traits;
    const target =
      deadLetters?.enabled === true && row.dequeueCount >= deadLetters.maxReceiveCount
        ? await tx.queues.byName(source.accountId, deadLetters.targetQueue)
        : undefined;
    if (target === undefined) {
      await tx.messages.update({ ...row, dying: false });
      changed.add(source.id);
      continue;
    }
    const resource = queueResource({ region: input.region, accountId: source.accountId, queue: source.name });
    await tx.messages.remove(row.id);
    await tx.messages.insert(movedMessage(row, target, { messageId: deadLetterId(row, target), resource }));
    changed.add(target.id);
  }
  for (const queueId of changed) tx.announce({ type: 'queue-changed', queueId, atMs: input.nowMs });
  return rows.length;
}

/** Says how many it removed; as many as `limit` means there may be more. */
async function removeExpiredMessages(tx: Transaction, input: { nowMs: number; limit: number }): Promise<number> {
  return tx.messages.removeExpired(input.nowMs, input.limit);
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
  moveDeadLetters,
  removeExpiredMessages,
};
