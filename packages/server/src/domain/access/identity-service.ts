import { DomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import type { Clock } from '../ports/clock.ts';
import type {
  AccessKeyRow,
  AccountSettings,
  AttachmentRow,
  IdentityKind,
  IdentityKinds,
  IdentityRow,
  MembershipRow,
  PolicyType,
  PolicyVersionRow,
} from '../ports/identity-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { SecretBox } from '../ports/secret-box.ts';
import { checkEntityName } from './identity.ts';
import type { AttachmentName, IdentityChange, IdentityName, NewIdentity } from './identity-commands.ts';
import { secretPurpose } from './identity-directory.ts';
import { PolicyFault, type PolicyKind, parsePolicy } from './policy/document.ts';

/** Vendor limits on documents, in characters. */
const LONGEST_DOCUMENT: Readonly<Record<PolicyKind, number>> = {
  identity: 6144,
  session: 2048,
  bucket: 16 * 1024,
  trust: 2048,
};

/** A page of identities, and where the next one begins. */
export interface IdentityPage<K extends IdentityKind> {
  rows: IdentityRow<K>[];
  next: number | undefined;
}

/** Throws `PolicyMalformed` for a document that cannot stand where it is meant to. */
export function checkDocument(kind: PolicyKind, document: string): void {
  const longest = LONGEST_DOCUMENT[kind];
  if (document.length > longest) {
    throw new DomainError('PolicyMalformed', {
      reason: `The policy must have at most ${longest} characters.`,
      tooLong: true,
    });
  }
  try {
    parsePolicy(kind, kind, document);
  } catch (error) {
    if (error instanceof PolicyFault)
      throw new DomainError('PolicyMalformed', { reason: error.message, tooLong: false });
    throw error;
  }
}

/** Users, groups, roles and policies of accounts, keys and what is attached to whom. */
export class IdentityService {
  #records: RecordStore;
  #box: SecretBox;
  #clock: Clock;
  #identities: Identities;
  constructor(dependencies: { records: RecordStore; box: SecretBox; clock: Clock; identities: Identities }) {
    this.#records = dependencies.records;
    this.#box = dependencies.box;
    this.#clock = dependencies.clock;
    this.#identities = dependencies.identities;
  }

  /** Throws `EntityExists`, `TooManyEntities`, and `InvalidArgument` for the name. */
  async create<K extends Exclude<IdentityKind, 'policy'>>(
    kind: K,
    { accountId, name }: IdentityName,
    about: IdentityKinds[K],
  ): Promise<IdentityRow<K>> {
    checkEntityName(kind, name);
    if ('trustPolicy' in about) checkDocument('trust', about.trustPolicy);
    const row = { kind, accountId, name, about, uid: this.#identities.uid() } as NewIdentity;
    const created = await this.#records.transact('createIdentity', { ...row, nowMs: this.#clock.now() });
    return created as IdentityRow<K>;
  }

  async createPolicy(of: IdentityName, document: string, description: string): Promise<IdentityRow<'policy'>> {
    checkEntityName('policy', of.name);
    checkDocument('identity', document);
    const created = await this.#records.transact('createIdentity', {
      kind: 'policy',
      ...of,
      uid: this.#identities.uid(),
      about: { description, defaultVersion: 1, lastVersion: 1 },
      document,
      nowMs: this.#clock.now(),
    });
    return created as IdentityRow<'policy'>;
  }

  /** Throws `EntityMissing`. */
  async get<K extends IdentityKind>(kind: K, { accountId, name }: IdentityName): Promise<IdentityRow<K>> {
    const row = await this.#records.reads.identities.byName(kind, accountId, name);
    if (row === undefined) throw new DomainError('EntityMissing', { entity: kind, name });
    return row;
  }

  /** In the order in which they were made. */
  async list<K extends IdentityKind>(
    kind: K,
    query: { accountId: string; after: number; limit: number },
  ): Promise<IdentityPage<K>> {
    const found = await this.#records.reads.identities.page({ kind, ...query, limit: query.limit + 1 });
    const rows = found.slice(0, query.limit);
    return { rows, next: found.length > query.limit ? rows.at(-1)?.id : undefined };
  }

  /** Leaves what is not given as it is. */
  async change<K extends IdentityKind>(
    kind: K,
    { accountId, name }: IdentityName,
    to: { rename?: string | undefined; about: { [F in keyof IdentityKinds[K]]?: IdentityKinds[K][F] | undefined } },
  ): Promise<IdentityRow<K>> {
    if (to.rename !== undefined && kind !== 'policy') checkEntityName(kind, to.rename);
    const given = Object.entries(to.about).filter(([, value]) => value !== undefined);
    const about: Record<string, unknown> = Object.fromEntries(given);
    if (typeof about.trustPolicy === 'string') checkDocument('trust', about.trustPolicy);
    const change = { kind, accountId, name, rename: to.rename, about } as IdentityChange;
    const changed = await this.#records.transact('changeIdentity', { ...change, nowMs: this.#clock.now() });
    return changed as IdentityRow<K>;
  }

  /** Throws `EntityInUse` while something hangs on it. */
  remove(kind: IdentityKind, of: IdentityName): Promise<void> {
    return this.#records.transact('deleteIdentity', { kind, ...of });
  }

  removePolicyEverywhere(of: IdentityName): Promise<void> {
    return this.#records.transact('deletePolicyEverywhere', of);
  }

  /** The only time that the secret is told. */
  async createAccessKey(of: IdentityName): Promise<AccessKeyRow & { secret: string }> {
    const { id, secret } = this.#identities.accessKey();
    const sealedSecret = this.#box.seal(secret, secretPurpose(id));
    const nowMs = this.#clock.now();
    const row = await this.#records.transact('createAccessKey', { ...of, id, sealedSecret, nowMs });
    return { ...row, secret };
  }

  async accessKeys(of: IdentityName): Promise<AccessKeyRow[]> {
    const user = await this.get('user', of);
    return this.#records.reads.accessKeys.ofUser(user.id);
  }

  setAccessKeyActive(of: IdentityName, id: string, active: boolean): Promise<void> {
    return this.#records.transact('setAccessKeyActive', { ...of, id, active });
  }

  deleteAccessKey(of: IdentityName, id: string): Promise<void> {
    return this.#records.transact('deleteAccessKey', { ...of, id });
  }

  joinGroup(of: { accountId: string; group: string; user: string }): Promise<void> {
    return this.#records.transact('joinGroup', { ...of, nowMs: this.#clock.now() });
  }

  leaveGroup(of: { accountId: string; group: string; user: string }): Promise<void> {
    return this.#records.transact('leaveGroup', of);
  }

  async groupsOf(user: IdentityName): Promise<{ group: IdentityRow<'group'>; joinedMs: number }[]> {
    const { id } = await this.get('user', user);
    const rows = await this.#joined(await this.#records.reads.memberships.ofUser(id), ({ groupId }) => groupId);
    return rows.map(({ identity, joinedMs }) => ({ group: identity as IdentityRow<'group'>, joinedMs }));
  }

  async membersOf(group: IdentityName): Promise<{ user: IdentityRow<'user'>; joinedMs: number }[]> {
    const { id } = await this.get('group', group);
    const rows = await this.#joined(await this.#records.reads.memberships.ofGroup(id), ({ userId }) => userId);
    return rows.map(({ identity, joinedMs }) => ({ user: identity as IdentityRow<'user'>, joinedMs }));
  }

  /** One that has gone since the memberships were read is left out. */
  async #joined(rows: MembershipRow[], other: (row: MembershipRow) => number) {
    const joined: { identity: IdentityRow; joinedMs: number }[] = [];
    for (const row of rows) {
      const identity = await this.#records.reads.identities.byId(other(row));
      if (identity) joined.push({ identity, joinedMs: row.joinedMs });
    }
    return joined;
  }

  attachPolicy(of: AttachmentName): Promise<void> {
    return this.#records.transact('attachPolicy', { ...of, nowMs: this.#clock.now() });
  }

  detachPolicy(of: AttachmentName): Promise<void> {
    return this.#records.transact('detachPolicy', of);
  }

  async attachedTo(kind: 'user' | 'group' | 'role', of: IdentityName): Promise<AttachmentRow[]> {
    const { id } = await this.get(kind, of);
    return this.#records.reads.attachments.ofHolder(id);
  }

  /** Who has a policy, with the time since when. */
  async holdersOf(
    accountId: string,
    type: PolicyType,
    name: string,
  ): Promise<{ holder: IdentityRow; attachedMs: number }[]> {
    const holders: { holder: IdentityRow; attachedMs: number }[] = [];
    for (const row of await this.#records.reads.attachments.ofPolicy(accountId, type, name)) {
      const holder = await this.#records.reads.identities.byId(row.holderId);
      if (holder) holders.push({ holder, attachedMs: row.attachedMs });
    }
    return holders;
  }

  createPolicyVersion(
    of: IdentityName,
    version: { document: string; asDefault: boolean; rotate: boolean },
  ): Promise<PolicyVersionRow & { isDefault: boolean }> {
    checkDocument('identity', version.document);
    return this.#records.transact('createPolicyVersion', { ...of, ...version, nowMs: this.#clock.now() });
  }

  async policyVersion(of: IdentityName, number: number): Promise<PolicyVersionRow> {
    const policy = await this.get('policy', of);
    const version = await this.#records.reads.policyVersions.get(policy.id, number);
    if (version === undefined) throw new DomainError('EntityMissing', { entity: 'policy version', name: `v${number}` });
    return version;
  }

  async policyVersions(of: IdentityName): Promise<PolicyVersionRow[]> {
    const policy = await this.get('policy', of);
    return this.#records.reads.policyVersions.ofPolicy(policy.id);
  }

  setDefaultPolicyVersion(of: IdentityName, number: number): Promise<void> {
    return this.#records.transact('setDefaultPolicyVersion', { ...of, number, nowMs: this.#clock.now() });
  }

  deletePolicyVersion(of: IdentityName, number: number): Promise<void> {
    return this.#records.transact('deletePolicyVersion', { ...of, number });
  }

  async accountSetting<N extends keyof AccountSettings>(
    accountId: string,
    name: N,
  ): Promise<AccountSettings[N] | undefined> {
    return this.#records.reads.accounts.get(accountId, name);
  }

  /** Undefined takes the setting away. */
  setAccountSetting<N extends keyof AccountSettings>(
    accountId: string,
    name: N,
    value: AccountSettings[N] | undefined,
  ): Promise<void> {
    return this.#records.transact('setAccountSetting', { accountId, name, value });
  }
}
