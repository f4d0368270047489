import { ramOperations, type WireAttachment } from '@millrace/protocol/ram';
import { roleArn } from '../domain/access/identity.ts';
import { systemPolicy } from '../domain/access/policy/system-policies.ts';
import type { AttachmentRow, IdentityKind, IdentityRow } from '../domain/ports/identity-records.ts';
import { handle } from '../rpc/product.ts';
import { wireTime } from './listing.ts';
import { customPolicy, wireSystemPolicy } from './policy.ts';
import type { RamServices } from './product.ts';

type Holder = 'user' | 'group' | 'role';

export function attachmentHandlers({ identities }: RamServices) {
  const name = (
    holderKind: Holder,
    holder: string,
    input: { PolicyType: 'System' | 'Custom'; PolicyName: string },
    accountId: string,
  ) => ({ accountId, holderKind, holder, policyType: input.PolicyType, policy: input.PolicyName });

  /** One that was deleted since the list was read is left out. */
  const wireAttachment = async (accountId: string, row: AttachmentRow): Promise<WireAttachment[]> => {
    const system = row.policyType === 'System' ? systemPolicy(row.policyName) : undefined;
    const policy = system
      ? wireSystemPolicy(system)
      : await identities.get('policy', { accountId, name: row.policyName }).then(customPolicy, () => undefined);
    if (policy === undefined) return [];
    const { PolicyName, PolicyType, Description, DefaultVersion } = policy;
    return [{ PolicyName, PolicyType, Description, DefaultVersion, AttachDate: wireTime(row.attachedMs) }];
  };

  const policiesOf = async (kind: Holder, holder: string, accountId: string) => {
    const rows = await identities.attachedTo(kind, { accountId, name: holder });
    const policies = await Promise.all(rows.map((row) => wireAttachment(accountId, row)));
    return { Policies: { Policy: policies.flat() } };
  };

  return {
    attachPolicyToUser: handle(ramOperations.attachPolicyToUser, async (input, { principal: { accountId } }) => {
      await identities.attachPolicy(name('user', input.UserName, input, accountId));
      return {};
    }),
    attachPolicyToGroup: handle(ramOperations.attachPolicyToGroup, async (input, { principal: { accountId } }) => {
      await identities.attachPolicy(name('group', input.GroupName, input, accountId));
      return {};
    }),
    attachPolicyToRole: handle(ramOperations.attachPolicyToRole, async (input, { principal: { accountId } }) => {
      await identities.attachPolicy(name('role', input.RoleName, input, accountId));
      return {};
    }),

    detachPolicyFromUser: handle(ramOperations.detachPolicyFromUser, async (input, { principal: { accountId } }) => {
      await identities.detachPolicy(name('user', input.UserName, input, accountId));
      return {};
    }),
    detachPolicyFromGroup: handle(ramOperations.detachPolicyFromGroup, async (input, { principal: { accountId } }) => {
      await identities.detachPolicy(name('group', input.GroupName, input, accountId));
      return {};
    }),
    detachPolicyFromRole: handle(ramOperations.detachPolicyFromRole, async (input, { principal: { accountId } }) => {
      await identities.detachPolicy(name('role', input.RoleName, input, accountId));
      return {};
    }),

    listPoliciesForUser: handle(ramOperations.listPoliciesForUser, (input, { principal: { accountId } }) =>
      policiesOf('user', input.UserName, accountId),
    ),
    listPoliciesForGroup: handle(ramOperations.listPoliciesForGroup, (input, { principal: { accountId } }) =>
      policiesOf('group', input.GroupName, accountId),
    ),
    listPoliciesForRole: handle(ramOperations.listPoliciesForRole, (input, { principal: { accountId } }) =>
      policiesOf('role', input.RoleName, accountId),
    ),

    listEntitiesForPolicy: handle(ramOperations.listEntitiesForPolicy, async (input, { principal: { accountId } }) => {
      const holders = await identities.holdersOf(accountId, input.PolicyType, input.PolicyName);
      const ofKind = <K extends IdentityKind>(kind: K): (IdentityRow<K> & { AttachDate: string })[] =>
        holders.flatMap(({ holder, attachedMs }) =>
          holder.kind === kind ? [{ ...(holder as IdentityRow<K>), AttachDate: wireTime(attachedMs) }] : [],
        );
      return {
        Users: {
          User: ofKind('user').map(({ uid, name: UserName, about, AttachDate }) => {
            return { UserId: uid, UserName, DisplayName: about.displayName, AttachDate };
          }),
        },
        Groups: {
          Group: ofKind('group').map(({ name: GroupName, about, AttachDate }) => {
            return { GroupName, Comments: about.comments, AttachDate };
          }),
        },
        Roles: {
          Role: ofKind('role').map(({ uid, name: RoleName, about, AttachDate }) => {
            const Arn = roleArn(accountId, RoleName);
            return { RoleId: uid, RoleName, Arn, Description: about.description, AttachDate };
          }),
        },
      };
    }),
  };
}
