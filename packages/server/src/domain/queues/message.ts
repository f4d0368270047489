import { hash } from 'node:crypto';
import { DomainError } from '../errors.ts';
import type { MessageRow, MessageTraits, QueueRow } from '../ports/queue-records.ts';
import type { Unsaved } from '../ports/record-store.ts';
import { deadLetterTraits, traitsFault, traitsSize } from './message-traits.ts';
import { formatReceiptHandle, parseReceiptHandle } from './receipt-handle.ts';

const DEFAULT_PRIORITY = 8;

/** A message as its sender hands it in, with the identities it will bear. */
export interface OutgoingMessage {
  messageId: string;
  /** Becomes the receipt when the message is delayed: 16 hex digits. */
  token: string;
  body: string;
  /** Absent: the queue's own delay. */
  delaySeconds?: number;
  /** 1 (first) to 16; absent: 8. */
  priority?: number;
  traits?: MessageTraits;
}

export interface SentMessage {
  messageId: string;
  bodyMd5: string;
  /** Only for a delayed message: lets the sender delete or re-time it before anybody sees it. */
  receiptHandle?: string;
}

/** What a peek shows. */
export interface WaitingMessage {
  messageId: string;
  body: string;
  bodyMd5: string;
  priority: number;
  enqueuedMs: number;
  /** The time of sending for a message never received. */
  firstDequeuedMs: number;
  dequeueCount: number;
  traits: MessageTraits;
}

/** What a receiver is given. */
export interface Delivery extends WaitingMessage {
  receiptHandle: string;
  nextVisibleMs: number;
}

/** Upper-case hex, over the text exactly as carried. */
export const bodyMd5 = (body: string): string => hash('md5', body, 'hex').toUpperCase();

/** What is wrong with a message for this queue, or undefined. The limit counts UTF-8 bytes, those of properties too. */
export function messageFault(
  limit: { maximumMessageSize: number },
  { body, traits = {} }: { body: string; traits?: MessageTraits },
): DomainError<'InvalidArgument'> | undefined {
  const size = Buffer.byteLength(body, 'utf8') + traitsSize(traits);
  if (body !== '' && size <= limit.maximumMessageSize) return traitsFault(traits);
  return new DomainError('InvalidArgument', {
    name: 'MessageBody',
    value: `${size} bytes`,
    reason: `The value of MessageBody should between 1 and ${limit.maximumMessageSize} bytes; this one has ${size}.`,
  });
}

export function newMessage(queue: QueueRow, message: OutgoingMessage, nowMs: number): Unsaved<MessageRow> {
  const delayMs = (message.delaySeconds ?? queue.delaySeconds) * 1000;
  return {
    queueId: queue.id,
    messageId: message.messageId,
    body: message.body,
    bodyMd5: bodyMd5(message.body),
    priority: message.priority ?? DEFAULT_PRIORITY,
    enqueuedMs: nowMs,
    // Retention counts from the moment of sending, not from the end of the delay.
    expiresMs: nowMs + queue.messageRetentionSeconds * 1000,
    visibleMs: nowMs + delayMs,
    firstDequeuedMs: 0,
    dequeueCount: 0,
    receipt: delayMs > 0 ? message.token : '',
    previousReceipt: '',
    dying: false,
    traits: message.traits ?? {},
  };
}

/** The row after one more delivery under the given receipt, which may be the last that its queue allows. */
export function deliver(row: MessageRow, receipt: string, queue: QueueRow, nowMs: number): MessageRow {
  const { deadLetters } = queue.traits;
  const dequeueCount = row.dequeueCount + 1;
  return {
    ...row,
    visibleMs: nowMs + queue.visibilityTimeoutSeconds * 1000,
    firstDequeuedMs: row.dequeueCount === 0 ? nowMs : row.firstDequeuedMs,
    dequeueCount,
    receipt,
    previousReceipt: '',
    dying: deadLetters?.enabled === true && dequeueCount >= deadLetters.maxReceiveCount,
  };
}

/** The row as a dead letter in another queue. It expires when it would have: "the retention period remains unchanged". */
export function movedMessage(
  row: MessageRow,
  target: QueueRow,
  as: { messageId: string; resource: string },
): Unsaved<MessageRow> {
  const { id: _, ...message } = row;
  return {
    ...message,
    queueId: target.id,
    messageId: as.messageId,
    visibleMs: row.enqueuedMs,
    firstDequeuedMs: 0,
    dequeueCount: 0,
    receipt: '',
    previousReceipt: '',
    dying: false,
    traits: deadLetterTraits(row.traits, { type: 'QUEUE', resource: as.resource, messageId: row.messageId }),
  };
}

/** The row as if its last delivery had not been: nobody was there to take it. */
export function undeliver(row: MessageRow, nowMs: number): MessageRow {
  const dequeueCount = Math.max(0, row.dequeueCount - 1);
  return {
    ...row,
    visibleMs: nowMs,
    dequeueCount,
    firstDequeuedMs: dequeueCount === 0 ? 0 : row.firstDequeuedMs,
    receipt: '',
    previousReceipt: '',
    dying: false,
  };
}

export const asWaiting = (row: MessageRow): WaitingMessage => ({
  messageId: row.messageId,
  body: row.body,
  bodyMd5: row.bodyMd5,
  priority: row.priority,
  enqueuedMs: row.enqueuedMs,
  firstDequeuedMs: row.dequeueCount === 0 ? row.enqueuedMs : row.firstDequeuedMs,
  dequeueCount: row.dequeueCount,
  traits: row.traits,
});

export const asDelivery = (row: MessageRow): Delivery => ({
  ...asWaiting(row),
  receiptHandle: formatReceiptHandle(row, row.receipt),
  nextVisibleMs: row.visibleMs,
});

export type HandleFault = 'NoMessage' | 'ReceiptHandleInvalid';

/**
 * The message a handle still speaks for, or why it speaks for none. A handle lives until the message becomes visible
 * again, even when nobody receives it then; the handle from before a visibility change lives as long as the new one.
 */
export async function heldMessage(
  find: (rowId: number) => MessageRow | undefined | Promise<MessageRow | undefined>,
  queueId: number,
  handleText: string,
  nowMs: number,
): Promise<{ row: MessageRow; receipt: string } | HandleFault> {
  const handle = parseReceiptHandle(handleText);
  if (handle === undefined) return 'ReceiptHandleInvalid';
  const row = await find(handle.rowId);
  if (row === undefined) return 'NoMessage';
  const { receipt } = handle;
  if (receipt !== row.receipt && receipt !== row.previousReceipt) return 'NoMessage';
  if (row.queueId !== queueId) return 'ReceiptHandleInvalid';
  if (row.visibleMs <= nowMs || row.expiresMs <= nowMs) return 'NoMessage';
  return { row, receipt };
}
