import type { Awaitable, Unsaved } from './record-store.ts';

/** What is said of an identity besides its names and times, by kind. Kept as JSON: fields added later are optional. */
export interface IdentityKinds {
  user: { displayName: string; comments: string; email: string; mobilePhone: string };
  group: { comments: string };
  role: { description: string; trustPolicy: string; maxSessionSeconds: number };
  /** A policy of the account's own. The documents are its versions. */
  policy: { description: string; defaultVersion: number; lastVersion: number };
}

export type IdentityKind = keyof IdentityKinds;

/** A user, group, role or policy of an account. */
export interface IdentityRow<K extends IdentityKind = IdentityKind> {
  id: number;
  kind: K;
  accountId: string;
  /** The vendor's id of it: never used again, also when the name is. */
  uid: string;
  /** One in any case: `Ann` is `ann`. */
  name: string;
  createdMs: number;
  modifiedMs: number;
  about: IdentityKinds[K];
}

export interface AccessKeyRow {
  id: string;
  userId: number;
  /** Readable with the key of the data folder only. */
  sealedSecret: string;
  active: boolean;
  createdMs: number;
}

export interface MembershipRow {
  groupId: number;
  userId: number;
  joinedMs: number;
}

export type PolicyType = 'System' | 'Custom';

/** A policy is named, not numbered, because those of the system have no row. */
export interface AttachmentRow {
  /** A user, group or role. */
  holderId: number;
  policyType: PolicyType;
  policyName: string;
  attachedMs: number;
}

export interface PolicyVersionRow {
  policyId: number;
  number: number;
  createdMs: number;
  document: string;
}

/** Where an account has its messages logged to. Kept for the programs that set it; the server keeps logs of its own. */
export interface MessagingSettings {
  loggingBucket?: string;
  logging?: boolean;
  logProject?: string;
  logStore?: string;
  trace?: boolean;
  /** From where queues and topics may be reached besides private networks. Absent: from everywhere. */
  publicly?: { open: boolean; networks: readonly { network: string; addedMs: number }[] };
}

/** What is set on an account as a whole. */
export interface AccountSettings {
  publicAccessBlock: { block: boolean };
  messaging: MessagingSettings;
}

export interface IdentityRecords {
  byName<K extends IdentityKind>(kind: K, accountId: string, name: string): Awaitable<IdentityRow<K> | undefined>;
  byId(id: number): Awaitable<IdentityRow | undefined>;
  byUid<K extends IdentityKind>(kind: K, uid: string): Awaitable<IdentityRow<K> | undefined>;
  /** In the order in which they were made, strictly after the one numbered `after`. */
  page<K extends IdentityKind>(query: {
    kind: K;
    accountId: string;
    after: number;
    limit: number;
  }): Awaitable<IdentityRow<K>[]>;
  insert<K extends IdentityKind>(row: Unsaved<IdentityRow<K>>): Awaitable<IdentityRow<K>>;
  update(row: IdentityRow): Awaitable<void>;
  /** Removes this row only: what hangs on it is the command's part. */
  remove(id: number): Awaitable<void>;
}

export interface AccessKeyRecords {
  get(id: string): Awaitable<AccessKeyRow | undefined>;
  /** Oldest first. */
  ofUser(userId: number): Awaitable<AccessKeyRow[]>;
  insert(row: AccessKeyRow): Awaitable<void>;
  update(row: AccessKeyRow): Awaitable<void>;
  remove(id: string): Awaitable<void>;
}

export interface MembershipRecords {
  get(groupId: number, userId: number): Awaitable<MembershipRow | undefined>;
  /** Oldest first, as the next. */
  ofGroup(groupId: number): Awaitable<MembershipRow[]>;
  ofUser(userId: number): Awaitable<MembershipRow[]>;
  insert(row: MembershipRow): Awaitable<void>;
  remove(groupId: number, userId: number): Awaitable<void>;
}

export interface AttachmentRecords {
  get(holderId: number, policyType: PolicyType, policyName: string): Awaitable<AttachmentRow | undefined>;
  /** Oldest first, as the next. */
  ofHolder(holderId: number): Awaitable<AttachmentRow[]>;
  ofPolicy(accountId: string, policyType: PolicyType, policyName: string): Awaitable<AttachmentRow[]>;
  insert(row: AttachmentRow): Awaitable<void>;
  remove(holderId: number, policyType: PolicyType, policyName: string): Awaitable<void>;
}

export interface PolicyVersionRecords {
  get(policyId: number, number: number): Awaitable<PolicyVersionRow | undefined>;
  /** Oldest first. */
  ofPolicy(policyId: number): Awaitable<PolicyVersionRow[]>;
  insert(row: PolicyVersionRow): Awaitable<void>;
  remove(policyId: number, number: number): Awaitable<void>;
}

export interface AccountRecords {
  get<N extends keyof AccountSettings>(accountId: string, name: N): Awaitable<AccountSettings[N] | undefined>;
  /** Inserts, or replaces the value of that name. */
  put<N extends keyof AccountSettings>(accountId: string, name: N, value: AccountSettings[N]): Awaitable<void>;
  remove(accountId: string, name: keyof AccountSettings): Awaitable<void>;
}
