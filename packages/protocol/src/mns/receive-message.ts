import { operation, optionalQuery, path, query } from './operation.ts';
import { messageProperties } from './properties.ts';
import { count, document, int, queueName, repeated, required, struct, text } from './shape.ts';

/** In the vendor's order. The times are in milliseconds. */
const received = struct({
  messageId: required('MessageId', text()),
  receiptHandle: required('ReceiptHandle', text()),
  messageBodyMd5: required('MessageBodyMD5', text()),
  messageBody: required('MessageBody', text()),
  enqueueTime: required('EnqueueTime', count),
  nextVisibleTime: required('NextVisibleTime', count),
  firstDequeueTime: required('FirstDequeueTime', count),
  dequeueCount: required('DequeueCount', count),
  priority: required('Priority', count),
  ...messageProperties,
});

const queue = { queue: path('queue', queueName) };
const waitSeconds = optionalQuery('waitseconds', int(0, 30, 'seconds'));

export const receiveMessage = operation({
  name: 'ReceiveMessage',
  method: 'GET',
  path: '/queues/{queue}/messages',
  summary: 'Receive one message, waiting for it up to waitseconds.',
  action: 'mns:ReceiveMessage',
  fields: { ...queue, waitSeconds },
  success: { status: 200, body: document('Message', received) },
  errors: ['QueueNotExist', 'MessageNotExist', 'InvalidArgument'],
});

export const batchReceiveMessage = operation({
  name: 'BatchReceiveMessage',
  method: 'GET',
  path: '/queues/{queue}/messages',
  select: { numofmessages: '*' },
  summary: 'Receive up to 16 messages, as soon as there is one.',
  action: 'mns:ReceiveMessage',
  fields: { ...queue, waitSeconds, numOfMessages: query('numOfMessages', int(1, 16), 'InvalidArgument') },
  success: { status: 200, body: document('Messages', struct({ messages: repeated('Message', received) })) },
  errors: ['QueueNotExist', 'MessageNotExist', 'InvalidArgument'],
});
