import { optional, required, text, word } from '../rpc/field.ts';
import { rpcOperation } from '../rpc/operation.ts';

export interface WireAccessKey {
  AccessKeyId: string;
  Status: 'Active' | 'Inactive';
  CreateDate: string;
}

/** Without a user's name these are about the keys of the user that asks. */
const UserName = optional(text);

export const createAccessKey = rpcOperation<{ AccessKey: WireAccessKey & { AccessKeySecret: string } }>()({
  name: 'CreateAccessKey',
  action: 'ram:CreateAccessKey',
  resource: 'user/{UserName}',
  input: { UserName },
});

export const updateAccessKey = rpcOperation<object>()({
  name: 'UpdateAccessKey',
  action: 'ram:UpdateAccessKey',
  resource: 'user/{UserName}',
  input: { UserName, UserAccessKeyId: required(text), Status: required(word('Active', 'Inactive')) },
});

export const deleteAccessKey = rpcOperation<object>()({
  name: 'DeleteAccessKey',
  action: 'ram:DeleteAccessKey',
  resource: 'user/{UserName}',
  input: { UserName, UserAccessKeyId: required(text) },
});

export const listAccessKeys = rpcOperation<{ AccessKeys: { AccessKey: WireAccessKey[] } }>()({
  name: 'ListAccessKeys',
  action: 'ram:ListAccessKeys',
  resource: 'user/{UserName}',
  input: { UserName },
});
