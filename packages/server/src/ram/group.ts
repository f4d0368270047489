import { ramOperations, type WireGroup } from '@millrace/protocol/ram';
import type { IdentityRow } from '../domain/ports/identity-records.ts';
import { handle } from '../rpc/product.ts';
import { pageEnd, pageQuery, wireTime } from './listing.ts';
import type { RamServices } from './product.ts';

const wireGroup = ({ uid, name, createdMs, modifiedMs, about }: IdentityRow<'group'>): WireGroup => ({
  GroupId: `g-${uid}`,
  GroupName: name,
  Comments: about.comments,
  CreateDate: wireTime(createdMs),
  UpdateDate: wireTime(modifiedMs),
});

export const groupHandlers = ({ identities }: RamServices) => ({
  createGroup: handle(ramOperations.createGroup, async (input, { principal: { accountId } }) => {
    const of = { accountId, name: input.GroupName };
    return { Group: wireGroup(await identities.create('group', of, { comments: input.Comments ?? '' })) };
  }),

  getGroup: handle(ramOperations.getGroup, async (input, { principal: { accountId } }) => ({
    Group: wireGroup(await identities.get('group', { accountId, name: input.GroupName })),
  })),

  updateGroup: handle(ramOperations.updateGroup, async (input, { principal: { accountId } }) => {
    const to = { rename: input.NewGroupName, about: { comments: input.NewComments } };
    return { Group: wireGroup(await identities.change('group', { accountId, name: input.GroupName }, to)) };
  }),

  deleteGroup: handle(ramOperations.deleteGroup, async (input, { principal: { accountId } }) => {
    await identities.remove('group', { accountId, name: input.GroupName });
    return {};
  }),

  listGroups: handle(ramOperations.listGroups, async (input, { principal: { accountId } }) => {
    const { rows, next } = await identities.list('group', { accountId, ...pageQuery(input) });
    return { ...pageEnd(next), Groups: { Group: rows.map(wireGroup) } };
  }),

  addUserToGroup: handle(ramOperations.addUserToGroup, async (input, { principal: { accountId } }) => {
    await identities.joinGroup({ accountId, group: input.GroupName, user: input.UserName });
    return {};
  }),

  removeUserFromGroup: handle(ramOperations.removeUserFromGroup, async (input, { principal: { accountId } }) => {
    await identities.leaveGroup({ accountId, group: input.GroupName, user: input.UserName });
    return {};
  }),

  listGroupsForUser: handle(ramOperations.listGroupsForUser, async (input, { principal: { accountId } }) => {
    const groups = await identities.groupsOf({ accountId, name: input.UserName });
    const joined = groups.map(({ group, joinedMs }) => {
      const { GroupId, GroupName, Comments } = wireGroup(group);
      return { GroupId, GroupName, Comments, JoinDate: wireTime(joinedMs) };
    });
    return { Groups: { Group: joined } };
  }),

  // All at once: a group has at most as many members as an account has users.
  listUsersForGroup: handle(ramOperations.listUsersForGroup, async (input, { principal: { accountId } }) => {
    const members = await identities.membersOf({ accountId, name: input.GroupName });
    const users = members.map(({ user, joinedMs }) => ({
      UserName: user.name,
      DisplayName: user.about.displayName,
      JoinDate: wireTime(joinedMs),
    }));
    return { IsTruncated: false, Users: { User: users } };
  }),
});
