import type { RpcResultOf } from '@millrace/protocol/rpc';
import { getCallerIdentity } from '@millrace/protocol/sts';
import { arnOf, principalId } from '../domain/access/access-service.ts';
import { handle, type RpcHandler } from '../rpc/product.ts';

export const getCallerIdentityHandler = (): RpcHandler =>
  handle(getCallerIdentity, async (_input, { principal }): Promise<RpcResultOf<typeof getCallerIdentity>> => {
    const common = { AccountId: principal.accountId, PrincipalId: principalId(principal), Arn: arnOf(principal) };
    if (principal.kind === 'account') return { ...common, IdentityType: 'Account' };
    return principal.kind === 'user'
      ? { ...common, IdentityType: 'RAMUser', UserId: principal.uid }
      : { ...common, IdentityType: 'AssumedRoleUser', RoleId: principal.uid };
  });
