import { batchPeekMessage, MnsError, peekMessage, type ResultOf } from '@millrace/protocol/mns';
import type { WaitingMessage } from '../domain/queues/message.ts';
import { handle } from './handler.ts';
import { wireProperties } from './properties.ts';

const peeked = (message: WaitingMessage): ResultOf<typeof peekMessage> => ({
  messageId: message.messageId,
  messageBodyMd5: message.bodyMd5,
  messageBody: message.body,
  enqueueTime: message.enqueuedMs,
  firstDequeueTime: message.firstDequeuedMs,
  dequeueCount: message.dequeueCount,
  priority: message.priority,
  ...wireProperties(message.traits),
});

export const peekMessageHandlers = [
  handle(peekMessage, async ({ queue }, { queues, accountId }) => {
    const [message] = await queues.peek({ accountId, queue }, 1);
    if (message === undefined) throw new MnsError('MessageNotExist');
    return { value: peeked(message) };
  }),

  handle(batchPeekMessage, async ({ queue, numOfMessages }, { queues, accountId }) => {
    const messages = await queues.peek({ accountId, queue }, numOfMessages);
    if (messages.length === 0) throw new MnsError('MessageNotExist');
    return { value: { messages: messages.map(peeked) } };
  }),
];
