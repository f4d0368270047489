import { ramOperations, type WireRole } from '@millrace/protocol/ram';
import { RpcError } from '@millrace/protocol/rpc';
import { roleArn } from '../domain/access/identity.ts';
import type { IdentityRow } from '../domain/ports/identity-records.ts';
import { handle } from '../rpc/product.ts';
import { pageEnd, pageQuery, wireTime } from './listing.ts';
import type { RamServices } from './product.ts';

/** Vendor limits on sessions. */
const SHORTEST_MAXIMUM_SECONDS = 3600;
const LONGEST_SECONDS = 43_200;

const listedRole = ({ uid, name, accountId, createdMs, modifiedMs, about }: IdentityRow<'role'>): WireRole => ({
  RoleId: uid,
  RoleName: name,
  Arn: roleArn(accountId, name),
  Description: about.description,
  MaxSessionDuration: about.maxSessionSeconds,
  CreateDate: wireTime(createdMs),
  UpdateDate: wireTime(modifiedMs),
});

const describedRole = (role: IdentityRow<'role'>) => ({
  ...listedRole(role),
  AssumeRolePolicyDocument: role.about.trustPolicy,
});

function checkDuration(name: string, seconds: number | undefined): number | undefined {
  if (seconds === undefined || (seconds >= SHORTEST_MAXIMUM_SECONDS && seconds <= LONGEST_SECONDS)) return seconds;
  throw new RpcError(
    `InvalidParameter.${name}`,
    `${name} must be from ${SHORTEST_MAXIMUM_SECONDS} to ${LONGEST_SECONDS} seconds.`,
  );
}

export const roleHandlers = ({ identities }: RamServices) => ({
  createRole: handle(ramOperations.createRole, async (input, { principal: { accountId } }) => {
    const seconds = checkDuration('MaxSessionDuration', input.MaxSessionDuration);
    const about = {
      description: input.Description ?? '',
      trustPolicy: input.AssumeRolePolicyDocument,
      maxSessionSeconds: seconds ?? SHORTEST_MAXIMUM_SECONDS,
    };
    return { Role: describedRole(await identities.create('role', { accountId, name: input.RoleName }, about)) };
  }),

  getRole: handle(ramOperations.getRole, async (input, { principal: { accountId } }) => ({
    Role: describedRole(await identities.get('role', { accountId, name: input.RoleName })),
  })),

  updateRole: handle(ramOperations.updateRole, async (input, { principal: { accountId } }) => {
    const about = {
      description: input.NewDescription,
      trustPolicy: input.NewAssumeRolePolicyDocument,
      maxSessionSeconds: checkDuration('NewMaxSessionDuration', input.NewMaxSessionDuration),
    };
    return { Role: describedRole(await identities.change('role', { accountId, name: input.RoleName }, { about })) };
  }),

  deleteRole: handle(ramOperations.deleteRole, async (input, { principal: { accountId } }) => {
    await identities.remove('role', { accountId, name: input.RoleName });
    return {};
  }),

  listRoles: handle(ramOperations.listRoles, async (input, { principal: { accountId } }) => {
    const { rows, next } = await identities.list('role', { accountId, ...pageQuery(input) });
    return { ...pageEnd(next), Roles: { Role: rows.map(listedRole) } };
  }),
});
