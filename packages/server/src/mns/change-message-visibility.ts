import { changeMessageVisibility } from '@millrace/protocol/mns';
import { handle } from './handler.ts';

export const changeMessageVisibilityHandlers = [
  handle(changeMessageVisibility, async ({ queue, receiptHandle, visibilityTimeout }, { queues, accountId }) => {
    const changed = await queues.changeVisibility({ accountId, queue }, receiptHandle, visibilityTimeout);
    return { value: { receiptHandle: changed.receiptHandle, nextVisibleTime: changed.nextVisibleMs } };
  }),
];
