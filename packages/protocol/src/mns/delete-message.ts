import { operation, path, query } from './operation.ts';
import { document, queueName, repeated, required, struct, text } from './shape.ts';

const queue = { queue: path('queue', queueName) };

export const deleteMessage = operation({
  name: 'DeleteMessage',
  method: 'DELETE',
  path: '/queues/{queue}/messages',
  select: { receipthandle: '*' },
  summary: 'Delete the message that a receipt handle speaks for.',
  action: 'mns:DeleteMessage',
  fields: { ...queue, receiptHandle: query('ReceiptHandle', text(), 'MissingReceiptHandle') },
  success: { status: 204 },
  errors: ['QueueNotExist', 'MessageNotExist', 'ReceiptHandleError', 'MissingReceiptHandle'],
});

export const batchDeleteMessage = operation({
  name: 'BatchDeleteMessage',
  method: 'DELETE',
  path: '/queues/{queue}/messages',
  summary: 'Delete up to 16 messages; those whose handle is no good do not keep the others.',
  action: 'mns:DeleteMessage',
  fields: queue,
  request: {
    ...document('ReceiptHandles', struct({ handles: repeated('ReceiptHandle', text(), 1, 16) })),
    optional: false,
  },
  success: { status: 204 },
  partial: {
    status: 404,
    body: document(
      'Errors',
      struct({
        errors: repeated(
          'Error',
          struct({
            errorCode: required('ErrorCode', text()),
            errorMessage: required('ErrorMessage', text()),
            receiptHandle: required('ReceiptHandle', text()),
          }),
        ),
      }),
    ),
  },
  errors: ['QueueNotExist', 'MessageNotExist', 'ReceiptHandleError', 'MissingReceiptHandle', 'MalformedXML'],
});
