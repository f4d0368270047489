import { rpcOperation } from '../rpc/operation.ts';

/** https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-getcalleridentity */
export const getCallerIdentity = rpcOperation<{
  AccountId: string;
  PrincipalId: string;
  IdentityType: 'Account' | 'RAMUser' | 'AssumedRoleUser';
  Arn: string;
  UserId?: string;
  RoleId?: string;
}>()({ name: 'GetCallerIdentity', input: {} });
