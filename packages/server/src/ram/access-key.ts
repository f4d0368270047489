import { ramOperations, type WireAccessKey } from '@millrace/protocol/ram';
import { RpcError } from '@millrace/protocol/rpc';
import type { AccessKeyRow } from '../domain/ports/identity-records.ts';
import { handle, type RpcCall } from '../rpc/product.ts';
import { wireTime } from './listing.ts';
import type { RamServices } from './product.ts';

const wireKey = ({ id, active, createdMs }: AccessKeyRow): WireAccessKey => ({
  AccessKeyId: id,
  Status: active ? 'Active' : 'Inactive',
  CreateDate: wireTime(createdMs),
});

/** Whose keys: the user's that is named, or those of the user that asks. */
function keyOwner(name: string | undefined, { principal }: RpcCall): { accountId: string; name: string } {
  const { accountId } = principal;
  if (name !== undefined && name !== '') return { accountId, name };
  if (principal.kind === 'user') return { accountId, name: principal.name };
  throw new RpcError('MissingUserName', 'UserName is mandatory for this action, unless a user asks about itself.');
}

export const accessKeyHandlers = ({ identities }: RamServices) => ({
  createAccessKey: handle(ramOperations.createAccessKey, async (input, call) => {
    const { secret, ...row } = await identities.createAccessKey(keyOwner(input.UserName, call));
    return { AccessKey: { ...wireKey(row), AccessKeySecret: secret } };
  }),

  updateAccessKey: handle(ramOperations.updateAccessKey, async (input, call) => {
    const active = input.Status === 'Active';
    await identities.setAccessKeyActive(keyOwner(input.UserName, call), input.UserAccessKeyId, active);
    return {};
  }),

  deleteAccessKey: handle(ramOperations.deleteAccessKey, async (input, call) => {
    await identities.deleteAccessKey(keyOwner(input.UserName, call), input.UserAccessKeyId);
    return {};
  }),

  listAccessKeys: handle(ramOperations.listAccessKeys, async (input, call) => {
    const keys = await identities.accessKeys(keyOwner(input.UserName, call));
    return { AccessKeys: { AccessKey: keys.map(wireKey) } };
  }),
});
