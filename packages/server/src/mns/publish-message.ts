import { publishMessage } from '@millrace/protocol/mns';
import { handle } from './handler.ts';

export const publishMessageHandlers = [
  handle(publishMessage, async ({ topic, body }, { topics, accountId }) => {
    const tag = body.messageTag === undefined || body.messageTag === '' ? {} : { tag: body.messageTag };
    const published = await topics.publish({ accountId, topic }, { body: body.messageBody, ...tag });
    return { value: { messageId: published.messageId, messageBodyMd5: published.bodyMd5 } };
  }),
];
