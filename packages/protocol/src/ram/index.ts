import type { RpcService } from '../rpc/index.ts';
import * as accessKey from './access-key.ts';
import * as attachment from './attachment.ts';
import * as diagnosticMessage from './diagnostic-message.ts';
import * as group from './group.ts';
import * as policy from './policy.ts';
import * as role from './role.ts';
import * as user from './user.ts';

export type { WireAccessKey } from './access-key.ts';
export type { WireAttachment } from './attachment.ts';
export type { WireGroup } from './group.ts';
export type { WirePolicy, WirePolicyVersion } from './policy.ts';
export type { WireRole } from './role.ts';
export type { WireUser } from './user.ts';

/** The actions that are served, by their names in small. */
export const ramOperations = {
  ...user,
  ...accessKey,
  ...group,
  ...role,
  ...policy,
  ...attachment,
  ...diagnosticMessage,
} as const;

export type RamOperations = typeof ramOperations;

export const ram: RpcService = {
  name: 'Ram',
  versions: ['2015-05-01'],
  operations: Object.values(ramOperations),
  // Consoles and passwords have no place here; the others nobody has missed yet.
  notImplemented: [
    ...[
      'BindMFADevice',
      'UnbindMFADevice',
      'CreateVirtualMFADevice',
      'DeleteVirtualMFADevice',
      'ListVirtualMFADevices',
    ],
    ...['CreateLoginProfile', 'GetLoginProfile', 'UpdateLoginProfile', 'DeleteLoginProfile', 'ChangePassword'],
    ...['GetPasswordPolicy', 'SetPasswordPolicy', 'GetSecurityPreference', 'SetSecurityPreference', 'GetUserMFAInfo'],
    ...['SetAccountAlias', 'GetAccountAlias', 'ClearAccountAlias', 'GetAccessKeyLastUsed'],
    ...['TagResources', 'UntagResources', 'ListTagResources'],
    ...['CreateServiceLinkedRole', 'DeleteServiceLinkedRole', 'GetServiceLinkedRoleTemplate'],
  ],
};
