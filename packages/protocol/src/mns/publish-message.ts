import { operation, path } from './operation.ts';
import { messageProperties } from './properties.ts';
import { document, optional, required, struct, text, topicName } from './shape.ts';

export const publishMessage = operation({
  name: 'PublishMessage',
  method: 'POST',
  path: '/topics/{topic}/messages',
  summary: 'Publish a message to all who are subscribed now.',
  action: 'mns:PublishMessage',
  fields: { topic: path('topic', topicName) },
  request: {
    // MessageAttributes speak to subscribers by mail and SMS, of which there are none, and are ignored.
    ...document(
      'Message',
      struct({
        messageBody: required('MessageBody', text(1)),
        messageTag: optional('MessageTag', text(0, 16)),
        ...messageProperties,
      }),
    ),
    optional: false,
  },
  success: {
    status: 201,
    body: document(
      'Message',
      struct({ messageId: required('MessageId', text()), messageBodyMd5: required('MessageBodyMD5', text()) }),
    ),
  },
  errors: ['TopicNotExist', 'InvalidArgument', 'MalformedXML'],
});
