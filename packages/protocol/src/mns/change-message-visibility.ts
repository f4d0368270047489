import { operation, path, query } from './operation.ts';
import { count, document, int, queueName, required, struct, text } from './shape.ts';

export const changeMessageVisibility = operation({
  name: 'ChangeMessageVisibility',
  method: 'PUT',
  path: '/queues/{queue}/messages',
  summary: 'Make a received or delayed message visible so many seconds from now.',
  action: 'mns:ChangeMessageVisibility',
  fields: {
    queue: path('queue', queueName),
    receiptHandle: query('ReceiptHandle', text(), 'MissingReceiptHandle'),
    // The vendor documents 1; the Python client lets 0 through, which can only mean "now".
    visibilityTimeout: query('VisibilityTimeout', int(0, 43_200, 'seconds'), 'MissingVisibilityTimeout'),
  },
  success: {
    status: 200,
    body: document(
      'ChangeVisibility',
      struct({ receiptHandle: required('ReceiptHandle', text()), nextVisibleTime: required('NextVisibleTime', count) }),
    ),
  },
  errors: [
    'QueueNotExist',
    'MessageNotExist',
    'ReceiptHandleError',
    'MissingReceiptHandle',
    'MissingVisibilityTimeout',
    'InvalidArgument',
  ],
});
