import { batchReceiveMessage, MnsError, type ResultOf, receiveMessage } from '@millrace/protocol/mns';
import type { Delivery } from '../domain/queues/message.ts';
import { handle } from './handler.ts';
import { wireProperties } from './properties.ts';

const received = (delivery: Delivery): ResultOf<typeof receiveMessage> => ({
  messageId: delivery.messageId,
  receiptHandle: delivery.receiptHandle,
  messageBodyMd5: delivery.bodyMd5,
  messageBody: delivery.body,
  enqueueTime: delivery.enqueuedMs,
  nextVisibleTime: delivery.nextVisibleMs,
  firstDequeueTime: delivery.firstDequeuedMs,
  dequeueCount: delivery.dequeueCount,
  priority: delivery.priority,
  ...wireProperties(delivery.traits),
});

export const receiveMessageHandlers = [
  handle(receiveMessage, async ({ queue, waitSeconds }, { queues, accountId, signal }) => {
    const wait = waitSeconds === undefined ? {} : { waitSeconds };
    const deliveries = await queues.receive({ accountId, queue }, { count: 1, ...wait, signal });
    const [delivery] = deliveries;
    if (delivery === undefined) throw new MnsError('MessageNotExist');
    return { value: received(delivery), undelivered: () => queues.giveBack(deliveries) };
  }),

  handle(batchReceiveMessage, async ({ queue, waitSeconds, numOfMessages }, { queues, accountId, signal }) => {
    const wait = waitSeconds === undefined ? {} : { waitSeconds };
    const deliveries = await queues.receive({ accountId, queue }, { count: numOfMessages, ...wait, signal });
    if (deliveries.length === 0) throw new MnsError('MessageNotExist');
    return { value: { messages: deliveries.map(received) }, undelivered: () => queues.giveBack(deliveries) };
  }),
];
