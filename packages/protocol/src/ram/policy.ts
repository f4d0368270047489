import { flag, integer, optional, required, text, word } from '../rpc/field.ts';
import { rpcOperation } from '../rpc/operation.ts';

export interface WirePolicy {
  PolicyName: string;
  PolicyType: 'System' | 'Custom';
  Description: string;
  /** `v1`; of the system's there is only one. */
  DefaultVersion: string;
  CreateDate: string;
  UpdateDate?: string;
  AttachmentCount?: number;
}

export interface WirePolicyVersion {
  VersionId: string;
  IsDefaultVersion: boolean;
  PolicyDocument: string;
  CreateDate: string;
}

const PolicyName = required(text);
const PolicyType = required(word('System', 'Custom'));

export const createPolicy = rpcOperation<{ Policy: WirePolicy }>()({
  name: 'CreatePolicy',
  action: 'ram:CreatePolicy',
  resource: 'policy/*',
  input: { PolicyName, PolicyDocument: required(text), Description: optional(text) },
});

export const getPolicy = rpcOperation<{
  Policy: WirePolicy & { PolicyDocument: string };
  DefaultPolicyVersion: WirePolicyVersion;
}>()({
  name: 'GetPolicy',
  action: 'ram:GetPolicy',
  resource: 'policy/{PolicyName}',
  input: { PolicyName, PolicyType },
});

export const updatePolicyDescription = rpcOperation<{ Policy: WirePolicy }>()({
  name: 'UpdatePolicyDescription',
  action: 'ram:UpdatePolicyDescription',
  resource: 'policy/{PolicyName}',
  input: { PolicyName, NewDescription: optional(text) },
});

/** `CascadingDelete` takes the policy off whoever has it first. */
export const deletePolicy = rpcOperation<object>()({
  name: 'DeletePolicy',
  action: 'ram:DeletePolicy',
  resource: 'policy/{PolicyName}',
  input: { PolicyName, CascadingDelete: optional(flag) },
});

export const listPolicies = rpcOperation<{
  IsTruncated: boolean;
  Marker?: string | undefined;
  Policies: { Policy: WirePolicy[] };
}>()({
  name: 'ListPolicies',
  action: 'ram:ListPolicies',
  resource: 'policy/*',
  input: { PolicyType: optional(word('System', 'Custom')), Marker: optional(text), MaxItems: optional(integer) },
});

export const createPolicyVersion = rpcOperation<{ PolicyVersion: WirePolicyVersion }>()({
  name: 'CreatePolicyVersion',
  action: 'ram:CreatePolicyVersion',
  resource: 'policy/{PolicyName}',
  input: {
    PolicyName,
    PolicyDocument: required(text),
    SetAsDefault: optional(flag),
    RotateStrategy: optional(word('None', 'DeleteOldestNonDefaultVersionWhenLimitExceeded')),
  },
});

export const getPolicyVersion = rpcOperation<{ PolicyVersion: WirePolicyVersion }>()({
  name: 'GetPolicyVersion',
  action: 'ram:GetPolicyVersion',
  resource: 'policy/{PolicyName}',
  input: { PolicyName, PolicyType, VersionId: required(text) },
});

export const listPolicyVersions = rpcOperation<{ PolicyVersions: { PolicyVersion: WirePolicyVersion[] } }>()({
  name: 'ListPolicyVersions',
  action: 'ram:ListPolicyVersions',
  resource: 'policy/{PolicyName}',
  input: { PolicyName, PolicyType },
});

export const deletePolicyVersion = rpcOperation<object>()({
  name: 'DeletePolicyVersion',
  action: 'ram:DeletePolicyVersion',
  resource: 'policy/{PolicyName}',
  input: { PolicyName, VersionId: required(text) },
});

export const setDefaultPolicyVersion = rpcOperation<object>()({
  name: 'SetDefaultPolicyVersion',
  action: 'ram:SetDefaultPolicyVersion',
  resource: 'policy/{PolicyName}',
  input: { PolicyName, VersionId: required(text) },
});
