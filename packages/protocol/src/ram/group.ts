import { integer, optional, required, text } from '../rpc/field.ts';
import { rpcOperation } from '../rpc/operation.ts';

export interface WireGroup {
  GroupId: string;
  GroupName: string;
  Comments: string;
  CreateDate: string;
  UpdateDate: string;
}

const GroupName = required(text);
const UserName = required(text);

export const createGroup = rpcOperation<{ Group: WireGroup }>()({
  name: 'CreateGroup',
  action: 'ram:CreateGroup',
  resource: 'group/*',
  input: { GroupName, Comments: optional(text) },
});

export const getGroup = rpcOperation<{ Group: WireGroup }>()({
  name: 'GetGroup',
  action: 'ram:GetGroup',
  resource: 'group/{GroupName}',
  input: { GroupName },
});

export const updateGroup = rpcOperation<{ Group: WireGroup }>()({
  name: 'UpdateGroup',
  action: 'ram:UpdateGroup',
  resource: 'group/{GroupName}',
  input: { GroupName, NewGroupName: optional(text), NewComments: optional(text) },
});

export const deleteGroup = rpcOperation<object>()({
  name: 'DeleteGroup',
  action: 'ram:DeleteGroup',
  resource: 'group/{GroupName}',
  input: { GroupName },
});

export const listGroups = rpcOperation<{
  IsTruncated: boolean;
  Marker?: string | undefined;
  Groups: { Group: WireGroup[] };
}>()({
  name: 'ListGroups',
  action: 'ram:ListGroups',
  resource: 'group/*',
  input: { Marker: optional(text), MaxItems: optional(integer) },
});

export const addUserToGroup = rpcOperation<object>()({
  name: 'AddUserToGroup',
  action: 'ram:AddUserToGroup',
  resource: ['group/{GroupName}', 'user/{UserName}'],
  input: { GroupName, UserName },
});

export const removeUserFromGroup = rpcOperation<object>()({
  name: 'RemoveUserFromGroup',
  action: 'ram:RemoveUserFromGroup',
  resource: ['group/{GroupName}', 'user/{UserName}'],
  input: { GroupName, UserName },
});

export const listGroupsForUser = rpcOperation<{
  Groups: { Group: { GroupId: string; GroupName: string; Comments: string; JoinDate: string }[] };
}>()({
  name: 'ListGroupsForUser',
  action: 'ram:ListGroupsForUser',
  resource: 'user/{UserName}',
  input: { UserName },
});

export const listUsersForGroup = rpcOperation<{
  IsTruncated: boolean;
  Users: { User: { UserName: string; DisplayName: string; JoinDate: string }[] };
}>()({
  name: 'ListUsersForGroup',
  action: 'ram:ListUsersForGroup',
  resource: 'group/{GroupName}',
  input: { GroupName, Marker: optional(text), MaxItems: optional(integer) },
});
