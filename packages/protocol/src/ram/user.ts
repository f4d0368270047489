import { integer, optional, required, text } from '../rpc/field.ts';
import { rpcOperation } from '../rpc/operation.ts';

export interface WireUser {
  UserId: string;
  UserName: string;
  DisplayName: string;
  MobilePhone: string;
  Email: string;
  Comments: string;
  CreateDate: string;
  UpdateDate?: string;
  LastLoginDate?: string;
}

export const createUser = rpcOperation<{ User: WireUser }>()({
  name: 'CreateUser',
  action: 'ram:CreateUser',
  resource: 'user/*',
  input: {
    UserName: required(text),
    DisplayName: optional(text),
    MobilePhone: optional(text),
    Email: optional(text),
    Comments: optional(text),
  },
});

export const getUser = rpcOperation<{ User: WireUser }>()({
  name: 'GetUser',
  action: 'ram:GetUser',
  resource: 'user/{UserName}',
  input: { UserName: required(text) },
});

export const updateUser = rpcOperation<{ User: WireUser }>()({
  name: 'UpdateUser',
  action: 'ram:UpdateUser',
  resource: 'user/{UserName}',
  input: {
    UserName: required(text),
    NewUserName: optional(text),
    NewDisplayName: optional(text),
    NewMobilePhone: optional(text),
    NewEmail: optional(text),
    NewComments: optional(text),
  },
});

export const deleteUser = rpcOperation<object>()({
  name: 'DeleteUser',
  action: 'ram:DeleteUser',
  resource: 'user/{UserName}',
  input: { UserName: required(text) },
});

export const listUsers = rpcOperation<{
  IsTruncated: boolean;
  Marker?: string | undefined;
  Users: { User: WireUser[] };
}>()({
  name: 'ListUsers',
  action: 'ram:ListUsers',
  resource: 'user/*',
  input: { Marker: optional(text), MaxItems: optional(integer) },
});
