import { DomainError } from '../errors.ts';
import type {
  AccessKeyRow,
  AccountSettings,
  IdentityKind,
  IdentityKinds,
  IdentityRow,
  PolicyType,
  PolicyVersionRow,
} from '../ports/identity-records.ts';
import type { Transaction, Unsaved } from '../ports/record-store.ts';
import type { EntityName } from './identity.ts';
import { systemPolicy } from './policy/system-policies.ts';

/** Vendor limits. */
const MOST = {
  user: 1000,
  group: 100,
  role: 1000,
  policy: 1500,
  keysOfUser: 2,
  versionsOfPolicy: 5,
  attachmentsOfHolder: 20,
} as const;

/** Names an identity as its account does. */
export interface IdentityName {
  accountId: string;
  name: string;
}

/** Names what a policy can be attached to, and a policy. */
export interface AttachmentName {
  accountId: string;
  holderKind: 'user' | 'group' | 'role';
  holder: string;
  policyType: PolicyType;
  policy: string;
}

export type NewIdentity = {
  [K in IdentityKind]: Pick<Unsaved<IdentityRow<K>>, 'kind' | 'accountId' | 'uid' | 'name' | 'about'>;
}[IdentityKind];

export type IdentityChange = {
  [K in IdentityKind]: IdentityName & { kind: K; rename?: string | undefined; about: Partial<IdentityKinds[K]> };
}[IdentityKind];

/** Every command here ends so: what is remembered of identities must be read again. */
const changed = (tx: Transaction): void => tx.announce({ type: 'identities-changed' });

async function named<K extends IdentityKind>(tx: Transaction, kind: K, of: IdentityName): Promise<IdentityRow<K>> {
  const row = await tx.identities.byName(kind, of.accountId, of.name);
  if (row === undefined) throw new DomainError('EntityMissing', { entity: kind, name: of.name });
  return row;
}

async function refuseTaken(tx: Transaction, kind: IdentityKind, of: IdentityName): Promise<void> {
  if (await tx.identities.byName(kind, of.accountId, of.name)) {
    throw new DomainError('EntityExists', { entity: kind, name: of.name });
  }
}

/** A policy comes with its first version. */
async function createIdentity(
  tx: Transaction,
  input: NewIdentity & { nowMs: number; document?: string | undefined },
): Promise<IdentityRow> {
  const { nowMs, document, ...row } = input;
  await refuseTaken(tx, row.kind, row);
  const there = await tx.identities.page({ kind: row.kind, accountId: row.accountId, after: 0, limit: MOST[row.kind] });
  if (there.length >= MOST[row.kind]) {
    throw new DomainError('TooManyEntities', { entity: row.kind, limit: MOST[row.kind] });
  }
  const identity = await tx.identities.insert({ ...row, createdMs: nowMs, modifiedMs: nowMs });
  if (document !== undefined) {
    await tx.policyVersions.insert({ policyId: identity.id, number: 1, createdMs: nowMs, document });
  }
  changed(tx);
  return identity;
}

async function changeIdentity(tx: Transaction, input: IdentityChange & { nowMs: number }): Promise<IdentityRow> {
  const row = await named(tx, input.kind, input);
  const name = input.rename ?? row.name;
  if (name.toLowerCase() !== row.name.toLowerCase()) await refuseTaken(tx, input.kind, { ...input, name });
  const next = { ...row, name, modifiedMs: input.nowMs, about: { ...row.about, ...input.about } } as IdentityRow;
  await tx.identities.update(next);
  changed(tx);
  return next;
}

/** Vendor rule: keys, memberships and attachments must be removed first, so that nothing is lost by accident. */
async function deleteIdentity(tx: Transaction, input: IdentityName & { kind: IdentityKind }): Promise<void> {
  const { kind } = input;
  const row = await named(tx, kind, input);
  const hangs = async (list: PromiseLike<unknown[]> | unknown[]): Promise<boolean> => (await list).length > 0;
  const refuse = (by: EntityName): never => {
    throw new DomainError('EntityInUse', { entity: kind, name: row.name, by });
  };
  if (kind === 'user') {
    if (await hangs(tx.accessKeys.ofUser(row.id))) refuse('access key');
    if (await hangs(tx.memberships.ofUser(row.id))) refuse('group');
  }
  if (kind === 'group' && (await hangs(tx.memberships.ofGroup(row.id)))) refuse('user');
  if (kind === 'policy') {
    const [attached] = await tx.attachments.ofPolicy(row.accountId, 'Custom', row.name);
    if (attached) refuse((await tx.identities.byId(attached.holderId))?.kind ?? 'user');
    const versions = await tx.policyVersions.ofPolicy(row.id);
    if (versions.length > 1) refuse('policy version');
    for (const { number } of versions) await tx.policyVersions.remove(row.id, number);
  } else if (await hangs(tx.attachments.ofHolder(row.id))) {
    refuse('policy');
  }
  await tx.identities.remove(row.id);
  changed(tx);
}

/** Takes what was attached off everybody, and deletes the policy with all its versions. */
async function deletePolicyEverywhere(tx: Transaction, input: IdentityName): Promise<void> {
  const row = await named(tx, 'policy', input);
  for (const { holderId } of await tx.attachments.ofPolicy(row.accountId, 'Custom', row.name)) {
    await tx.attachments.remove(holderId, 'Custom', row.name);
  }
  for (const { number } of await tx.policyVersions.ofPolicy(row.id)) await tx.policyVersions.remove(row.id, number);
  await tx.identities.remove(row.id);
  changed(tx);
}

async function createAccessKey(
  tx: Transaction,
  input: IdentityName & { id: string; sealedSecret: string; nowMs: number },
): Promise<AccessKeyRow> {
  const user = await named(tx, 'user', input);
  if ((await tx.accessKeys.ofUser(user.id)).length >= MOST.keysOfUser) {
    throw new DomainError('TooManyEntities', { entity: 'access key', limit: MOST.keysOfUser, of: 'user' });
  }
  const row = {
    id: input.id,
    userId: user.id,
    sealedSecret: input.sealedSecret,
    active: true,
    createdMs: input.nowMs,
  };
  await tx.accessKeys.insert(row);
  changed(tx);
  return row;
}

async function keyOfUser(tx: Transaction, input: IdentityName & { id: string }): Promise<AccessKeyRow> {
  const user = await named(tx, 'user', input);
  const key = await tx.accessKeys.get(input.id);
  if (key?.userId !== user.id)
    throw new DomainError('EntityMissing', { entity: 'access key', name: input.id, of: 'user' });
  return key;
}

async function setAccessKeyActive(
  tx: Transaction,
  input: IdentityName & { id: string; active: boolean },
): Promise<void> {
  await tx.accessKeys.update({ ...(await keyOfUser(tx, input)), active: input.active });
  changed(tx);
}

async function deleteAccessKey(tx: Transaction, input: IdentityName & { id: string }): Promise<void> {
  await tx.accessKeys.remove((await keyOfUser(tx, input)).id);
  changed(tx);
}

export interface MembershipName {
  accountId: string;
  group: string;
  user: string;
}

async function membership(tx: Transaction, { accountId, group, user }: MembershipName) {
  const { id: groupId } = await named(tx, 'group', { accountId, name: group });
  const { id: userId } = await named(tx, 'user', { accountId, name: user });
  return { groupId, userId, exists: (await tx.memberships.get(groupId, userId)) !== undefined };
}

async function joinGroup(tx: Transaction, input: MembershipName & { nowMs: number }): Promise<void> {
  const { groupId, userId, exists } = await membership(tx, input);
  if (exists) throw new DomainError('EntityExists', { entity: 'group', name: input.group, of: 'user' });
  await tx.memberships.insert({ groupId, userId, joinedMs: input.nowMs });
  changed(tx);
}

async function leaveGroup(tx: Transaction, input: MembershipName): Promise<void> {
  const { groupId, userId, exists } = await membership(tx, input);
  if (!exists) throw new DomainError('EntityMissing', { entity: 'group', name: input.group, of: 'user' });
  await tx.memberships.remove(groupId, userId);
  changed(tx);
}

/** The holder, the policy's own spelling of its name, and whether it is attached. */
async function attachment(tx: Transaction, input: AttachmentName) {
  const { accountId, policyType, policy } = input;
  const holder = await named(tx, input.holderKind, { accountId, name: input.holder });
  const found =
    policyType === 'System' ? systemPolicy(policy) : await tx.identities.byName('policy', accountId, policy);
  if (found === undefined) throw new DomainError('EntityMissing', { entity: 'policy', name: policy });
  const exists = (await tx.attachments.get(holder.id, policyType, found.name)) !== undefined;
  return { holderId: holder.id, policyName: found.name, exists };
}

async function attachPolicy(tx: Transaction, input: AttachmentName & { nowMs: number }): Promise<void> {
  const { holderId, policyName, exists } = await attachment(tx, input);
  const { policyType } = input;
  if (exists) throw new DomainError('EntityExists', { entity: 'policy', name: policyName, of: input.holderKind });
  const there = (await tx.attachments.ofHolder(holderId)).filter((other) => other.policyType === policyType);
  if (there.length >= MOST.attachmentsOfHolder) {
    throw new DomainError('TooManyEntities', {
      entity: 'policy',
      limit: MOST.attachmentsOfHolder,
      of: input.holderKind,
    });
  }
  await tx.attachments.insert({ holderId, policyType, policyName, attachedMs: input.nowMs });
  changed(tx);
}

async function detachPolicy(tx: Transaction, input: AttachmentName): Promise<void> {
  const { holderId, policyName, exists } = await attachment(tx, input);
  if (!exists) throw new DomainError('EntityMissing', { entity: 'policy', name: policyName, of: input.holderKind });
  await tx.attachments.remove(holderId, input.policyType, policyName);
  changed(tx);
}

async function createPolicyVersion(
  tx: Transaction,
  input: IdentityName & { document: string; asDefault: boolean; rotate: boolean; nowMs: number },
): Promise<PolicyVersionRow & { isDefault: boolean }> {
  const policy = await named(tx, 'policy', input);
  const versions = await tx.policyVersions.ofPolicy(policy.id);
  if (versions.length >= MOST.versionsOfPolicy) {
    const oldest = versions.find(({ number }) => number !== policy.about.defaultVersion);
    if (!input.rotate || oldest === undefined) {
      throw new DomainError('TooManyEntities', { entity: 'policy version', limit: MOST.versionsOfPolicy });
    }
    await tx.policyVersions.remove(policy.id, oldest.number);
  }
  // Numbers are not used again: a version that somebody noted down is that version or none.
  const number = policy.about.lastVersion + 1;
  const row = { policyId: policy.id, number, createdMs: input.nowMs, document: input.document };
  await tx.policyVersions.insert(row);
  const defaultVersion = input.asDefault ? number : policy.about.defaultVersion;
  const about = { ...policy.about, lastVersion: number, defaultVersion };
  await tx.identities.update({ ...policy, modifiedMs: input.nowMs, about });
  changed(tx);
  return { ...row, isDefault: input.asDefault };
}

async function versionOfPolicy(tx: Transaction, input: IdentityName & { number: number }) {
  const policy = await named(tx, 'policy', input);
  const version = await tx.policyVersions.get(policy.id, input.number);
  if (version === undefined)
    throw new DomainError('EntityMissing', { entity: 'policy version', name: `v${input.number}` });
  return policy;
}

async function setDefaultPolicyVersion(
  tx: Transaction,
  input: IdentityName & { number: number; nowMs: number },
): Promise<void> {
  const policy = await versionOfPolicy(tx, input);
  const about = { ...policy.about, defaultVersion: input.number };
  await tx.identities.update({ ...policy, modifiedMs: input.nowMs, about });
  changed(tx);
}

async function deletePolicyVersion(tx: Transaction, input: IdentityName & { number: number }): Promise<void> {
  const policy = await versionOfPolicy(tx, input);
  if (policy.about.defaultVersion === input.number) {
    throw new DomainError('EntityInUse', { entity: 'policy version', name: `v${input.number}`, by: 'policy' });
  }
  await tx.policyVersions.remove(policy.id, input.number);
  changed(tx);
}

/** Without a value: takes the setting away. */
async function setAccountSetting(
  tx: Transaction,
  input: { accountId: string; name: keyof AccountSettings; value?: AccountSettings[keyof AccountSettings] | undefined },
): Promise<void> {
  if (input.value === undefined) await tx.accounts.remove(input.accountId, input.name);
  else await tx.accounts.put(input.accountId, input.name, input.value);
  changed(tx);
}

export const identityCommands = {
  createIdentity,
  changeIdentity,
  deleteIdentity,
  deletePolicyEverywhere,
  createAccessKey,
  setAccessKeyActive,
  deleteAccessKey,
  joinGroup,
  leaveGroup,
  attachPolicy,
  detachPolicy,
  createPolicyVersion,
  setDefaultPolicyVersion,
  deletePolicyVersion,
  setAccountSetting,
};
