import type { Clock } from '../ports/clock.ts';
import type { AttachmentRow, IdentityRow } from '../ports/identity-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { SecretBox } from '../ports/secret-box.ts';
import { type Policy, parsePolicy } from './policy/document.ts';
import { systemPolicy } from './policy/system-policies.ts';
import type { AccessKey, KeyFinding, KeyRing, KnownPrincipal } from './principal.ts';
import { openSession, type RoleSession, TEMPORARY_KEY_PREFIX } from './session-token.ts';

/** Who may do what, as far as it does not hang on the thing that is touched. */
export interface PolicySource {
  policiesOf(principal: KnownPrincipal): Promise<readonly Policy[]>;
  /** Whether the account as a whole lets nothing be public. */
  blocksPublicAccess(accountId: string): Promise<boolean>;
}

/** What seals the secret of an access key, so that it opens as that key's only. */
export const secretPurpose = (accessKeyId: string): string => `access key ${accessKeyId}`;

/** Things remembered: far more than the keys, users and tokens that are in use at a time. */
const KEPT = 10_000;

/** How long something is remembered at most: changes are announced, but announcements may be lost. */
const KEPT_MS = 30_000;

const unknown: KeyFinding = { fault: 'unknown' };

/** Key pairs and policies by whom they belong to, read once and kept in memory until an identity changes. */
export class IdentityDirectory implements KeyRing, PolicySource {
  #records: RecordStore;
  #box: SecretBox;
  #clock: Clock;
  #root: KeyFinding & { key: AccessKey };
  #kept = new Map<string, unknown>();
  #keptUntilMs = 0;
  #generation = 0;

  constructor(dependencies: { records: RecordStore; box: SecretBox; clock: Clock; root: AccessKey }) {
    this.#records = dependencies.records;
    this.#box = dependencies.box;
    this.#clock = dependencies.clock;
    this.#root = { key: dependencies.root };
    // Heard before the command that changed something is answered: whoever was told of a change is judged by it.
    this.#records.onCommit(({ type }) => {
      if (type === 'identities-changed') this.#forget();
    });
  }

  find(accessKeyId: string, token: string | undefined): KeyFinding | Promise<KeyFinding> {
    if (accessKeyId === this.#root.key.id) return this.#root;
    return accessKeyId.startsWith(TEMPORARY_KEY_PREFIX)
      ? this.#findTemporary(accessKeyId, token)
      : this.#findLasting(accessKeyId);
  }

  async #findLasting(accessKeyId: string): Promise<KeyFinding> {
    const found = await this.#remember(`key ${accessKeyId}`, () => this.#readKey(accessKeyId));
    return found ?? unknown;
  }

  async #readKey(id: string): Promise<KeyFinding | undefined> {
    const row = await this.#records.reads.accessKeys.get(id);
    const user = row && (await this.#records.reads.identities.byId(row.userId));
    if (!row || !user) return undefined;
    if (!row.active) return { fault: 'inactive' };
    const secret = this.#box.open(row.sealedSecret, secretPurpose(id));
    if (secret === undefined) {
      throw new Error(
        `The secret of access key ${id} cannot be opened: the data folder has another secret-box.key than when it was made.`,
      );
    }
    const { accountId, uid, name } = user;
    const principal: KnownPrincipal = { kind: 'user', accountId, accessKeyId: id, userId: user.id, uid, name };
    return { key: { id, secret, accountId, principal, temporary: false } };
  }

  async #findTemporary(accessKeyId: string, token: string | undefined): Promise<KeyFinding> {
    if (token === undefined || token === '') return { fault: 'token-missing' };
    const found = await this.#remember(`token ${token}`, () => this.#readToken(token));
    if (found === undefined) return { fault: 'token-invalid' };
    if (found.key.id !== accessKeyId) return { fault: 'token-mismatch' };
    return this.#clock.now() > found.expiresMs ? { fault: 'token-expired' } : found.finding;
  }

  async #readToken(token: string) {
    const session = openSession(this.#box, token);
    // A role that was deleted takes its sessions with it.
    const role = session && (await this.#records.reads.identities.byUid('role', session.roleUid));
    if (!session || !role) return undefined;
    const key = keyOfSession(session, role);
    const finding: KeyFinding = { key };
    return { key, finding, expiresMs: session.expiresMs };
  }

  async policiesOf(principal: KnownPrincipal): Promise<readonly Policy[]> {
    if (principal.kind === 'account') return [];
    const holder = principal.kind === 'user' ? principal.userId : principal.roleId;
    const { accountId } = principal;
    return (await this.#remember(`policies ${holder}`, () => this.#readPolicies(accountId, holder))) ?? [];
  }

  async #readPolicies(accountId: string, holder: number): Promise<readonly Policy[]> {
    const { attachments, memberships } = this.#records.reads;
    const groups = (await memberships.ofUser(holder)).map(({ groupId }) => groupId);
    const attached = new Map<string, AttachmentRow>();
    for (const id of [holder, ...groups]) {
      for (const row of await attachments.ofHolder(id)) attached.set(`${row.policyType} ${row.policyName}`, row);
    }
    const policies: Policy[] = [];
    for (const { policyType, policyName } of attached.values()) {
      const policy =
        policyType === 'System' ? systemPolicy(policyName)?.policy : await this.#readPolicy(accountId, policyName);
      if (policy) policies.push(policy);
    }
    return policies;
  }

  async #readPolicy(accountId: string, name: string): Promise<Policy | undefined> {
    const { identities, policyVersions } = this.#records.reads;
    const row = await identities.byName('policy', accountId, name);
    const version = row && (await policyVersions.get(row.id, row.about.defaultVersion));
    return version && parsePolicy(name, 'identity', version.document);
  }

  async blocksPublicAccess(accountId: string): Promise<boolean> {
    const set = await this.#remember(`block ${accountId}`, async () => ({
      value: await this.#records.reads.accounts.get(accountId, 'publicAccessBlock'),
    }));
    return set?.value?.block ?? false;
  }

  /** What cannot be found is looked for again each time: nobody fills the memory by asking for it. */
  async #remember<T extends object>(name: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    if (this.#clock.now() > this.#keptUntilMs) this.#forget();
    const kept = this.#kept.get(name);
    // What is kept under a name was read for that name.
    if (kept !== undefined) return kept as T;
    const generation = this.#generation;
    const found = await read();
    if (found === undefined || generation !== this.#generation) return found;
    if (this.#kept.size >= KEPT) this.#kept.clear();
    this.#kept.set(name, found);
    return found;
  }

  #forget(): void {
    this.#generation += 1;
    this.#kept.clear();
    this.#keptUntilMs = this.#clock.now() + KEPT_MS;
  }
}

function keyOfSession(session: RoleSession, role: IdentityRow<'role'>): AccessKey {
  const { accessKeyId, secret, accountId, policy } = session;
  return {
    id: accessKeyId,
    secret,
    accountId,
    principal: {
      kind: 'role',
      accountId,
      accessKeyId,
      roleId: role.id,
      uid: role.uid,
      name: role.name,
      session: session.session,
      sessionPolicy: policy === undefined ? undefined : parsePolicy('session policy', 'session', policy),
    },
    temporary: true,
  };
}
