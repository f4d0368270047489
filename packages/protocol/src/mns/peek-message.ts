import { operation, path, query } from './operation.ts';
import { messageProperties } from './properties.ts';
import { count, document, int, queueName, repeated, required, struct, text } from './shape.ts';

/** What a receiver gets, minus the handle and the next visible time: nothing was taken. */
const peeked = struct({
  messageId: required('MessageId', text()),
  messageBodyMd5: required('MessageBodyMD5', text()),
  messageBody: required('MessageBody', text()),
  enqueueTime: required('EnqueueTime', count),
  firstDequeueTime: required('FirstDequeueTime', count),
  dequeueCount: required('DequeueCount', count),
  priority: required('Priority', count),
  ...messageProperties,
});

const queue = { queue: path('queue', queueName) };

export const peekMessage = operation({
  name: 'PeekMessage',
  method: 'GET',
  path: '/queues/{queue}/messages',
  select: { peekonly: 'true' },
  summary: 'Look at the next message without taking it; never waits.',
  action: 'mns:PeekMessage',
  fields: queue,
  success: { status: 200, body: document('Message', peeked) },
  errors: ['QueueNotExist', 'MessageNotExist'],
});

export const batchPeekMessage = operation({
  name: 'BatchPeekMessage',
  method: 'GET',
  path: '/queues/{queue}/messages',
  select: { peekonly: 'true', numofmessages: '*' },
  summary: 'Look at up to 16 messages without taking them.',
  action: 'mns:PeekMessage',
  fields: { ...queue, numOfMessages: query('numOfMessages', int(1, 16), 'InvalidArgument') },
  success: { status: 200, body: document('Messages', struct({ messages: repeated('Message', peeked) })) },
  errors: ['QueueNotExist', 'MessageNotExist', 'InvalidArgument'],
});
