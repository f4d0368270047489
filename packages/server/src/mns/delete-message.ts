import { batchDeleteMessage, deleteMessage, MnsError, type MnsErrorCode, mnsErrors } from '@millrace/protocol/mns';
import type { HandleFault } from '../domain/queues/message.ts';
import { handle, type Reply } from './handler.ts';

const codes: Record<HandleFault, MnsErrorCode> = {
  NoMessage: 'MessageNotExist',
  ReceiptHandleInvalid: 'ReceiptHandleError',
};

const done: Reply<unknown, never> = {};

export const deleteMessageHandlers = [
  handle(deleteMessage, async ({ queue, receiptHandle }, { queues, accountId }) => {
    const [outcome] = await queues.deleteMessages({ accountId, queue }, [receiptHandle]);
    if (outcome !== undefined && outcome !== 'deleted') throw new MnsError(codes[outcome]);
    return {};
  }),

  handle(batchDeleteMessage, async ({ queue, body }, { queues, accountId }) => {
    const outcomes = await queues.deleteMessages({ accountId, queue }, body.handles);
    const errors = outcomes.flatMap((outcome, index) => {
      if (outcome === 'deleted') return [];
      const code = codes[outcome];
      return [{ errorCode: code, errorMessage: mnsErrors[code].message, receiptHandle: body.handles[index] ?? '' }];
    });
    return errors.length === 0 ? done : { partial: { errors } };
  }),
];
