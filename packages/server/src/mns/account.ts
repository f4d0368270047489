import { getAccountAttributes, getAccountId, openService, setAccountAttributes } from '@millrace/protocol/mns';
import { handle } from './handler.ts';

export const accountHandlers = [
  handle(getAccountAttributes, async (_, { account, accountId }) => {
    const { loggingBucket = '', trace = false } = await account.describe(accountId);
    return { value: { loggingBucket, traceEnabled: trace ? 1 : 0 } };
  }),

  handle(setAccountAttributes, async ({ body }, { account, accountId }) => {
    const { loggingBucket, traceEnabled } = body;
    await account.change(accountId, {
      ...(loggingBucket === undefined ? {} : { loggingBucket }),
      ...(traceEnabled === undefined ? {} : { trace: traceEnabled === 1 }),
    });
    return {};
  }),

  handle(getAccountId, async (_, { accountId }) => ({ value: { accountId } })),

  // Nothing is ordered, and asking again is the same.
  handle(openService, async (_, { accountId }) => ({ value: { orderId: accountId } })),
];
