import { batchSendMessage, type InputOf, MnsError, sendMessage } from '@millrace/protocol/mns';
import type { OutgoingMessage } from '../domain/queues/message.ts';
import { handle } from './handler.ts';
import { traitsOf } from './properties.ts';

function outgoing(message: InputOf<typeof sendMessage>['body']): Omit<OutgoingMessage, 'messageId' | 'token'> {
  const { messageBody, delaySeconds, priority } = message;
  const traits = traitsOf(message);
  return {
    body: messageBody,
    ...(delaySeconds === undefined ? {} : { delaySeconds }),
    // 0 is how the Go client says that nothing was set.
    ...(priority === undefined || priority === 0 ? {} : { priority }),
    ...(traits === undefined ? {} : { traits }),
  };
}

export const sendMessageHandlers = [
  handle(sendMessage, async ({ queue, body }, { queues, accountId }) => {
    const [outcome] = await queues.send({ accountId, queue }, [outgoing(body)]);
    if (outcome === undefined || 'refused' in outcome) {
      throw new MnsError('InvalidArgument', outcome?.refused.reason);
    }
    const { messageId, bodyMd5, receiptHandle } = outcome.sent;
    return {
      value: { messageId, messageBodyMd5: bodyMd5, ...(receiptHandle === undefined ? {} : { receiptHandle }) },
    };
  }),

  handle(batchSendMessage, async ({ queue, body }, { queues, accountId }) => {
    const outcomes = await queues.send({ accountId, queue }, body.messages.map(outgoing));
    const sent = outcomes.flatMap((outcome) =>
      'sent' in outcome ? [{ messageId: outcome.sent.messageId, messageBodyMd5: outcome.sent.bodyMd5 }] : [],
    );
    if (sent.length === outcomes.length) return { value: { messages: sent } };
    return {
      partial: {
        messages: outcomes.map((outcome) =>
          'sent' in outcome
            ? { messageId: outcome.sent.messageId, messageBodyMd5: outcome.sent.bodyMd5 }
            : { errorCode: 'InvalidArgument', errorMessage: outcome.refused.reason },
        ),
      },
    };
  }),
];
