import { DomainError } from '../errors.ts';

/** What an account holds besides buckets and queues, as refusals name it. */
export type EntityName = 'user' | 'group' | 'role' | 'policy' | 'access key' | 'policy version';

/** Why policies did not let somebody do something: for the log, and for whoever administers them. */
export interface Denial {
  action: string;
  resource: string;
  principalType: 'Account' | 'User' | 'Role' | 'Anonymous';
  /** A number, or `role id:session`. */
  principalId: string;
  accountId: string;
  /** What kind of policy denied, or did not allow. */
  policyType: 'session' | 'identity' | 'bucket' | 'trust';
  /** Whether a statement said no, rather than none saying yes. */
  explicit: boolean;
  /** The statement that decided; absent when none did. */
  by?: { policy: string; statement: number } | undefined;
  /** All of this, sealed: whoever may decode it learns what the caller may not know. Absent for strangers. */
  diagnosis?: string | undefined;
}

/** Vendor rules on names: the characters, and how many. */
const rules = {
  user: { pattern: /^[A-Za-z0-9._@-]+$/, longest: 64, words: 'letters, digits and . _ @ -' },
  group: { pattern: /^[A-Za-z0-9._-]+$/, longest: 128, words: 'letters, digits and . _ -' },
  role: { pattern: /^[A-Za-z0-9._-]+$/, longest: 64, words: 'letters, digits and . _ -' },
  policy: { pattern: /^[A-Za-z0-9-]+$/, longest: 128, words: 'letters, digits and -' },
} as const;

export const nameParameters = {
  user: 'UserName',
  group: 'GroupName',
  role: 'RoleName',
  policy: 'PolicyName',
} as const;

/** Throws `InvalidArgument` for what cannot be the name of one. */
export function checkEntityName(kind: keyof typeof rules, name: string): void {
  const { pattern, longest, words } = rules[kind];
  if (name.length <= longest && pattern.test(name)) return;
  throw new DomainError('InvalidArgument', {
    name: nameParameters[kind],
    value: name,
    reason: `The name of a ${kind} has 1 to ${longest} characters: ${words}.`,
  });
}

/** Resource names of identities. Roles are in lower case there, however they are spelled, as the vendor has it. */
export const userArn = (accountId: string, name: string): string => `acs:ram::${accountId}:user/${name}`;
export const roleArn = (accountId: string, name: string): string => `acs:ram::${accountId}:role/${name.toLowerCase()}`;
export const rootArn = (accountId: string): string => `acs:ram::${accountId}:root`;
export const sessionArn = (accountId: string, role: string, session: string): string =>
  `acs:ram::${accountId}:assumed-role/${role.toLowerCase()}/${session}`;
