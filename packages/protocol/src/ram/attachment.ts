import { required, text, word } from '../rpc/field.ts';
import { rpcOperation } from '../rpc/operation.ts';

const policy = { PolicyType: required(word('System', 'Custom')), PolicyName: required(text) };
const user = { UserName: required(text) };
const group = { GroupName: required(text) };
const role = { RoleName: required(text) };

export const attachPolicyToUser = rpcOperation<object>()({
  name: 'AttachPolicyToUser',
  action: 'ram:AttachPolicyToUser',
  resource: ['user/{UserName}', 'policy/{PolicyName}'],
  input: { ...policy, ...user },
});
export const attachPolicyToGroup = rpcOperation<object>()({
  name: 'AttachPolicyToGroup',
  action: 'ram:AttachPolicyToGroup',
  resource: ['group/{GroupName}', 'policy/{PolicyName}'],
  input: { ...policy, ...group },
});
export const attachPolicyToRole = rpcOperation<object>()({
  name: 'AttachPolicyToRole',
  action: 'ram:AttachPolicyToRole',
  resource: ['role/{RoleName}', 'policy/{PolicyName}'],
  input: { ...policy, ...role },
});

export const detachPolicyFromUser = rpcOperation<object>()({
  name: 'DetachPolicyFromUser',
  action: 'ram:DetachPolicyFromUser',
  resource: ['user/{UserName}', 'policy/{PolicyName}'],
  input: { ...policy, ...user },
});
export const detachPolicyFromGroup = rpcOperation<object>()({
  name: 'DetachPolicyFromGroup',
  action: 'ram:DetachPolicyFromGroup',
  resource: ['group/{GroupName}', 'policy/{PolicyName}'],
  input: { ...policy, ...group },
});
export const detachPolicyFromRole = rpcOperation<object>()({
  name: 'DetachPolicyFromRole',
  action: 'ram:DetachPolicyFromRole',
  resource: ['role/{RoleName}', 'policy/{PolicyName}'],
  input: { ...policy, ...role },
});

/** A policy as whoever it is attached to has it. */
export interface WireAttachment {
  PolicyName: string;
  PolicyType: 'System' | 'Custom';
  Description: string;
  DefaultVersion: string;
  AttachDate: string;
}

export interface Attached {
  Policies: { Policy: WireAttachment[] };
}

export const listPoliciesForUser = rpcOperation<Attached>()({
  name: 'ListPoliciesForUser',
  action: 'ram:ListPoliciesForUser',
  resource: 'user/{UserName}',
  input: user,
});
export const listPoliciesForGroup = rpcOperation<Attached>()({
  name: 'ListPoliciesForGroup',
  action: 'ram:ListPoliciesForGroup',
  resource: 'group/{GroupName}',
  input: group,
});
export const listPoliciesForRole = rpcOperation<Attached>()({
  name: 'ListPoliciesForRole',
  action: 'ram:ListPoliciesForRole',
  resource: 'role/{RoleName}',
  input: role,
});

export const listEntitiesForPolicy = rpcOperation<{
  Users: { User: { UserId: string; UserName: string; DisplayName: string; AttachDate: string }[] };
  Groups: { Group: { GroupName: string; Comments: string; AttachDate: string }[] };
  Roles: { Role: { RoleId: string; RoleName: string; Arn: string; Description: string; AttachDate: string }[] };
}>()({
  name: 'ListEntitiesForPolicy',
  action: 'ram:ListEntitiesForPolicy',
  resource: 'policy/{PolicyName}',
  input: policy,
});
