import { operation, path } from './operation.ts';
import { messageProperties } from './properties.ts';
import { document, int, optional, queueName, repeated, required, struct, text } from './shape.ts';

const message = struct({
  messageBody: required('MessageBody', text(1)),
  delaySeconds: optional('DelaySeconds', int(0, 604_800, 'seconds')),
  // The Go client sends 0 when nothing was set, which means the default.
  priority: optional('Priority', int(0, 16)),
  ...messageProperties,
});

const sent = {
  messageId: required('MessageId', text()),
  messageBodyMd5: required('MessageBodyMD5', text()),
};

const queue = { queue: path('queue', queueName) };

export const sendMessage = operation({
  name: 'SendMessage',
  method: 'POST',
  path: '/queues/{queue}/messages',
  summary: 'Send one message.',
  action: 'mns:SendMessage',
  fields: queue,
  request: { ...document('Message', message), optional: false },
  success: {
    status: 201,
    // The handle comes with a delayed message only.
    body: document('Message', struct({ ...sent, receiptHandle: optional('ReceiptHandle', text()) })),
  },
  errors: ['QueueNotExist', 'InvalidArgument', 'MalformedXML'],
});

export const batchSendMessage = operation({
  name: 'BatchSendMessage',
  method: 'POST',
  path: '/queues/{queue}/messages',
  summary: 'Send up to 16 messages; each stands for itself.',
  action: 'mns:SendMessage',
  fields: queue,
  request: { ...document('Messages', struct({ messages: repeated('Message', message, 1, 16) })), optional: false },
  success: { status: 201, body: document('Messages', struct({ messages: repeated('Message', struct(sent)) })) },
  partial: {
    // Clients choose their decoder by "is this a success?", so a part that failed must not look like one.
    status: 500,
    body: document(
      'Messages',
      struct({
        messages: repeated(
          'Message',
          // Either the first two or the last two; the Python client accepts no other combination.
          struct({
            errorCode: optional('ErrorCode', text()),
            errorMessage: optional('ErrorMessage', text()),
            messageId: optional('MessageId', text()),
            messageBodyMd5: optional('MessageBodyMD5', text()),
          }),
        ),
      }),
    ),
  },
  errors: ['QueueNotExist', 'InvalidArgument', 'MalformedXML'],
});
