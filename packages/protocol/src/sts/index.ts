import type { RpcService } from '../rpc/index.ts';
import { assumeRole } from './assume-role.ts';
import { getCallerIdentity } from './get-caller-identity.ts';

export { assumeRole, getCallerIdentity };

export const sts: RpcService = {
  name: 'Sts',
  versions: ['2015-04-01'],
  operations: [assumeRole, getCallerIdentity],
  notImplemented: ['AssumeRoleWithOIDC', 'AssumeRoleWithSAML'],
};
