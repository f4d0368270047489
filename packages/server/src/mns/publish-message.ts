import { publishMessage } from '@millrace/protocol/mns';
import { handle } from './handler.ts';
import { traitsOf } from './properties.ts';

export const publishMessageHandlers = [
  handle(publishMessage, async ({ topic, body }, { topics, accountId }) => {
    const tag = body.messageTag === undefined || body.messageTag === '' ? {} : { tag: body.messageTag };
    const traits = traitsOf(body);
    const published = await topics.publish(
      { accountId, topic },
      { body: body.messageBody, ...tag, ...(traits === undefined ? {} : { traits }) },
    );
    return { value: { messageId: published.messageId, messageBodyMd5: published.bodyMd5 } };
  }),
];
