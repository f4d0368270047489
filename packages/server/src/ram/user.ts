import { ramOperations, type WireUser } from '@millrace/protocol/ram';
import type { IdentityRow } from '../domain/ports/identity-records.ts';
import { handle } from '../rpc/product.ts';
import { pageEnd, pageQuery, wireTime } from './listing.ts';
import type { RamServices } from './product.ts';

const wireUser = ({ uid, name, createdMs, modifiedMs, about }: IdentityRow<'user'>): WireUser => ({
  UserId: uid,
  UserName: name,
  DisplayName: about.displayName,
  MobilePhone: about.mobilePhone,
  Email: about.email,
  Comments: about.comments,
  CreateDate: wireTime(createdMs),
  UpdateDate: wireTime(modifiedMs),
});

export const userHandlers = ({ identities }: RamServices) => ({
  createUser: handle(ramOperations.createUser, async (input, { principal: { accountId } }) => {
    const user = await identities.create(
      'user',
      { accountId, name: input.UserName },
      {
        displayName: input.DisplayName ?? input.UserName,
        mobilePhone: input.MobilePhone ?? '',
        email: input.Email ?? '',
        comments: input.Comments ?? '',
      },
    );
    return { User: wireUser(user) };
  }),

  getUser: handle(ramOperations.getUser, async (input, { principal: { accountId } }) => {
    const user = await identities.get('user', { accountId, name: input.UserName });
    // Nobody logs in here, but clients look for the member.
    return { User: { ...wireUser(user), LastLoginDate: '' } };
  }),

  updateUser: handle(ramOperations.updateUser, async (input, { principal: { accountId } }) => {
    const about = {
      displayName: input.NewDisplayName,
      mobilePhone: input.NewMobilePhone,
      email: input.NewEmail,
      comments: input.NewComments,
    };
    const of = { accountId, name: input.UserName };
    const user = await identities.change('user', of, { rename: input.NewUserName, about });
    return { User: wireUser(user) };
  }),

  deleteUser: handle(ramOperations.deleteUser, async (input, { principal: { accountId } }) => {
    await identities.remove('user', { accountId, name: input.UserName });
    return {};
  }),

  listUsers: handle(ramOperations.listUsers, async (input, { principal: { accountId } }) => {
    const { rows, next } = await identities.list('user', { accountId, ...pageQuery(input) });
    return { ...pageEnd(next), Users: { User: rows.map(wireUser) } };
  }),
});
