import { mnsOpenOperations } from '@millrace/protocol/mns-open';
import { RpcError } from '@millrace/protocol/rpc';
import { handle } from '../rpc/product.ts';
import { acknowledged, answer } from './answer.ts';
import type { MnsOpenServices } from './services.ts';

export const accountHandlers = ({ account }: MnsOpenServices) => ({
  getAccountAttributes: handle(mnsOpenOperations.getAccountAttributes, async (_, { principal: { accountId } }) => {
    const { logging = false, trace = false, logProject, logStore } = await account.describe(accountId);
    return answer({
      LogEnabled: logging,
      MessageTraceEnabled: trace,
      ...(logProject === undefined ? {} : { ProjectName: logProject }),
      ...(logStore === undefined ? {} : { LogStoreName: logStore }),
    });
  }),

  setAccountAttributes: handle(mnsOpenOperations.setAccountAttributes, async (input, { principal: { accountId } }) => {
    const { LogEnabled, MessageTraceEnabled: trace, ProjectName: logProject, LogStoreName: logStore } = input;
    if (LogEnabled === true) {
      throw new RpcError(
        'UnsupportedOperation',
        'LogEnabled is not available on this installation: there is no log service that could be written to.',
      );
    }
    await account.change(accountId, {
      ...(LogEnabled === undefined ? {} : { logging: LogEnabled }),
      ...(trace === undefined ? {} : { trace }),
      ...(logProject === undefined ? {} : { logProject }),
      ...(logStore === undefined ? {} : { logStore }),
    });
    return acknowledged();
  }),
});
