import { integer, optional, required, text } from '../rpc/field.ts';
import { rpcOperation } from '../rpc/operation.ts';

export interface WireRole {
  RoleId: string;
  RoleName: string;
  Arn: string;
  Description: string;
  MaxSessionDuration: number;
  CreateDate: string;
  UpdateDate?: string;
}

type DescribedRole = WireRole & { AssumeRolePolicyDocument: string };

const RoleName = required(text);

export const createRole = rpcOperation<{ Role: DescribedRole }>()({
  name: 'CreateRole',
  action: 'ram:CreateRole',
  resource: 'role/*',
  input: {
    RoleName,
    AssumeRolePolicyDocument: required(text),
    Description: optional(text),
    MaxSessionDuration: optional(integer),
  },
});

export const getRole = rpcOperation<{ Role: DescribedRole }>()({
  name: 'GetRole',
  action: 'ram:GetRole',
  resource: 'role/{RoleName}',
  input: { RoleName },
});

export const updateRole = rpcOperation<{ Role: DescribedRole }>()({
  name: 'UpdateRole',
  action: 'ram:UpdateRole',
  resource: 'role/{RoleName}',
  input: {
    RoleName,
    NewAssumeRolePolicyDocument: optional(text),
    NewDescription: optional(text),
    NewMaxSessionDuration: optional(integer),
  },
});

export const deleteRole = rpcOperation<object>()({
  name: 'DeleteRole',
  action: 'ram:DeleteRole',
  resource: 'role/{RoleName}',
  input: { RoleName },
});

export const listRoles = rpcOperation<{
  IsTruncated: boolean;
  Marker?: string | undefined;
  Roles: { Role: WireRole[] };
}>()({
  name: 'ListRoles',
  action: 'ram:ListRoles',
  resource: 'role/*',
  input: { Marker: optional(text), MaxItems: optional(integer) },
});
