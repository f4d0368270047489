import { DomainError } from '../errors.ts';
import type { BucketRow, ObjectRow } from '../ports/object-records.ts';
import type { Awaitable, Reads } from '../ports/record-store.ts';
import type { SecretBox } from '../ports/secret-box.ts';
import type { SettingsOfBucket } from '../settings/bucket-settings.ts';
import { type Denial, roleArn, rootArn, sessionArn, userArn } from './identity.ts';
import type { PolicySource } from './identity-directory.ts';
import type { ConditionContext } from './policy/condition.ts';
import { type Decision, decide } from './policy/decide.ts';
import { OBJECT_TAG, type Policy, type PolicyKind, parsePolicy } from './policy/document.ts';
import { formatResourceName, type ResourceName } from './policy/resource-name.ts';
import type { KnownPrincipal, Principal } from './principal.ts';

/** What an action is done to. Neither a bucket nor a name means the account itself. */
export interface Resource {
  bucket?: BucketRow | undefined;
  key?: string | undefined;
  /** Which version of the object; the current one when none is named. */
  versionId?: string | undefined;
  /** Of what is no bucket, as resource names of policies end: `/queues/q`, `user/ann`, or a bucket yet to be made. */
  name?: string | undefined;
  /** Whose name that is, where the action's own service is another: roles that are assumed belong to `ram`. */
  service?: string | undefined;
}

/** What would become of a request, and what decides that. */
export interface Simulated {
  allowed: boolean;
  /** As policies spell it. */
  resource: string;
  outcome: Decision['outcome'];
  statement: { policyType: PolicyKind; policy: string; number: number } | undefined;
}

/** What a public ACL opens to everybody. Management actions and processing tasks are never among them. */
const PUBLIC_READS = new Set(['oss:GetObject', 'oss:GetObjectVersion', 'oss:ListObjects']);
const PUBLIC_WRITES = new Set(['oss:PutObject', 'oss:DeleteObject', 'oss:AbortMultipartUpload', 'oss:ListParts']);

/** The account can always mend a policy that shuts it out. */
const OWNERS_ALWAYS = new Set(['oss:PutBucketPolicy', 'oss:GetBucketPolicy', 'oss:DeleteBucketPolicy']);

const PRINCIPAL_TYPES = { account: 'Account', user: 'User', role: 'Role', anonymous: 'Anonymous' } as const;

const DIAGNOSIS = 'diagnosis of a denial';

/** Nobody has policies, and nothing is blocked. */
const noPolicies: PolicySource = { policiesOf: async () => [], blocksPublicAccess: async () => false };

/** Decides whether a principal may do something. The one place that does. */
export class AccessService {
  #reads: Reads;
  #policies: PolicySource;
  #region: string;
  #box: SecretBox | undefined;
  #now: () => number;
  /** Documents of buckets as they were read, for as long as the store keeps what is set on the bucket in memory. */
  #bucketPolicies = new WeakMap<SettingsOfBucket, Policy>();

  constructor(
    reads: Reads,
    more: {
      policies?: PolicySource;
      /** As resource names spell it, such as `cn-hangzhou`. */
      region?: string;
      /** Seals what a denial tells; without one it tells nothing. */
      box?: SecretBox;
      now?: () => number;
    } = {},
  ) {
    this.#reads = reads;
    this.#policies = more.policies ?? noPolicies;
    this.#region = more.region ?? 'cn-hangzhou';
    this.#box = more.box;
    this.#now = more.now ?? Date.now;
  }

  /**
   * Returns when `principal` may do `action` (spelt as in policies: `oss:GetObject`), throws `AccessDenied` otherwise.
   * Vendor's order: a statement that denies outweighs all else; a session's policy has to allow; then any statement that
   * allows suffices; where none says anything, ACLs decide about data, and the account itself may do everything.
   *
   * @param more what conditions may look at besides the facts of the principal's request.
   */
  require(principal: Principal, action: string, resource: Resource = {}, more?: ConditionContext): Awaitable<void> {
    const { bucket } = resource;
    const settings = bucket && this.#settingsOf(bucket);
    // The way of nearly every request: the account with a bucket of its own that has no policy.
    if (principal.kind === 'account' && !(settings instanceof Promise)) {
      const policy = settings && this.#bucketPolicy(settings);
      if (isOurs(principal, bucket) && (policy === undefined || OWNERS_ALWAYS.has(action))) return;
    }
    return this.#decide(principal, action, resource, more);
  }

  async #decide(
    principal: Principal,
    action: string,
    resource: Resource,
    more: ConditionContext | undefined,
  ): Promise<void> {
    const { allowed, decision, name, ours } = await this.#judge(principal, action, resource, more);
    if (allowed) return;
    throw new DomainError('AccessDenied', {
      reason: refusal(principal, resource.key, decision),
      denial: this.#denial(principal, action, name, decision, ours),
    });
  }

  /** What `require` would say, and why: which statement decided, where one did. */
  async simulate(
    principal: Principal,
    action: string,
    resource: Resource = {},
    more?: ConditionContext,
  ): Promise<Simulated> {
    const { allowed, decision, name } = await this.#judge(principal, action, resource, more);
    const { outcome, by } = decision;
    return {
      allowed,
      resource: formatResourceName(name),
      outcome,
      // What policies left open was decided by who owns it, or by an ACL.
      statement: by && { policyType: by.policy.kind, policy: by.policy.name, number: by.statement.number },
    };
  }

  async #judge(principal: Principal, action: string, resource: Resource, more: ConditionContext | undefined) {
    const { bucket } = resource;
    const ours = isOurs(principal, bucket);
    const owner = ours && principal.kind === 'account';
    const settings = bucket && (await this.#settingsOf(bucket));
    const policy = settings && this.#bucketPolicy(settings);
    const name = this.#nameOf(principal, action, resource);
    const open: Decision = { outcome: 'none' };
    if (owner && (policy === undefined || OWNERS_ALWAYS.has(action)))
      return { allowed: true, decision: open, name, ours };
    if (principal.kind === 'anonymous' && !bucket) {
      throw new DomainError('AccessDenied', { reason: 'Anonymous access is forbidden for this operation.' });
    }
    const known = principal.kind === 'anonymous' ? undefined : principal;
    const session = known?.kind === 'role' ? known.sessionPolicy : undefined;
    // What an account lets its users do is about its own things only.
    const identity = known && ours ? await this.#policies.policiesOf(known) : [];
    const tags = [session, policy, ...identity].some((one) => one?.readsObjectTags)
      ? await this.#tagsOf(resource)
      : undefined;
    const decision = decide(
      {
        session,
        identity,
        resource: policy ? [policy] : [],
        publicBlocked: policy?.statements.some(({ isPublic }) => isPublic) && (await this.blocksPublic(bucket)),
      },
      { action, resource: name, caller: namesOf(known), context: this.#context(principal, { settings, tags }, more) },
    );
    const allowed =
      decision.outcome === 'allow' ||
      (decision.outcome === 'none' &&
        (owner || (bucket !== undefined && (await this.#openToAll(action, bucket, resource)))));
    return { allowed, decision, name, ours };
  }

  /** Throws `AccessDenied` where the bucket, or its account for one yet to be made, may have nothing open to everybody. */
  async requireNotBlocked(principal: Principal, bucket: BucketRow | undefined): Promise<void> {
    const accountId = bucket?.ownerId ?? (principal.kind === 'anonymous' ? '' : principal.accountId);
    const blocked = bucket ? await this.blocksPublic(bucket) : await this.#policies.blocksPublicAccess(accountId);
    if (!blocked) return;
    const reason =
      'Put public ACL is not allowed while public access is blocked: see publicAccessBlock of bucket and account.';
    throw new DomainError('AccessDenied', { reason });
  }

  /** Whether nothing in this bucket may be open to everybody. */
  async blocksPublic(bucket: BucketRow | undefined): Promise<boolean> {
    if (!bucket) return false;
    const { publicAccessBlock } = await this.#settingsOf(bucket);
    return publicAccessBlock?.block === true || (await this.#policies.blocksPublicAccess(bucket.ownerId));
  }

  /** What a denial told, for whoever may decode it; undefined for what no denial of this server told. */
  explain(diagnosis: string): Denial | undefined {
    const text = this.#box?.open(diagnosis, DIAGNOSIS);
    return text === undefined ? undefined : (JSON.parse(text) as Denial);
  }

  #settingsOf(bucket: BucketRow): SettingsOfBucket | Promise<SettingsOfBucket> {
    return this.#reads.settings.of(bucket.id);
  }

  #bucketPolicy(settings: SettingsOfBucket): Policy | undefined {
    if (settings.policy === undefined) return undefined;
    let policy = this.#bucketPolicies.get(settings);
    if (!policy) {
      policy = parsePolicy('bucket policy', 'bucket', settings.policy.document);
      this.#bucketPolicies.set(settings, policy);
    }
    return policy;
  }

  async #openToAll(action: string, bucket: BucketRow, { key, versionId }: Resource): Promise<boolean> {
    const reads = PUBLIC_READS.has(action);
    if (!reads && !PUBLIC_WRITES.has(action)) return false;
    // Vendor rule: the ACL of an object that is there has priority, whether it is read, overwritten or deleted.
    const object = key === undefined ? undefined : await this.#find(bucket.id, key, versionId);
    const acl = object && object.acl !== 'default' ? object.acl : bucket.acl;
    const open = acl === 'public-read-write' || (reads && acl === 'public-read');
    return open && !(await this.blocksPublic(bucket));
  }

  /** Each version has an ACL of its own. What is not there has none, and is for the reader to miss. */
  async #find(bucketId: number, key: string, versionId: string | undefined): Promise<ObjectRow | undefined> {
    const current = await this.#reads.objects.get(bucketId, key);
    if (versionId === undefined || current?.versionId === versionId) return current;
    const version = await this.#reads.versions.get(bucketId, key, versionId);
    return version?.type === 'DeleteMarker' ? undefined : version;
  }

  async #tagsOf({ bucket, key, versionId }: Resource): Promise<Readonly<Record<string, string>> | undefined> {
    const object = bucket && key !== undefined ? await this.#find(bucket.id, key, versionId) : undefined;
    return object?.traits.tags;
  }

  #nameOf(principal: Principal, action: string, { bucket, key, name, service }: Resource): ResourceName {
    const owner = service ?? action.slice(0, action.indexOf(':'));
    if (bucket) {
      const relative = key === undefined ? bucket.name : `${bucket.name}/${key}`;
      return { service: owner, region: this.#region, accountId: bucket.ownerId, relative };
    }
    const accountId = principal.kind === 'anonymous' ? '' : principal.accountId;
    return { service: owner, region: owner === 'ram' ? '' : this.#region, accountId, relative: name ?? '*' };
  }

  #context(
    principal: Principal,
    known: { settings: SettingsOfBucket | undefined; tags: Readonly<Record<string, string>> | undefined },
    more: ConditionContext | undefined,
  ): ConditionContext {
    return (key) => {
      switch (key) {
        case 'acs:currenttime':
          return [new Date(this.#now()).toISOString()];
        case 'acs:principalarn':
          return principal.kind === 'anonymous' ? undefined : [arnOf(principal)];
        case 'acs:accessid':
          return principal.kind === 'anonymous' ? undefined : [principal.accessKeyId];
        case 'acs:mfapresent':
          return ['false'];
      }
      if (key.startsWith('oss:buckettag/')) {
        const tag = known.settings?.tags?.find((candidate) => `oss:buckettag/${candidate.key}` === key);
        return tag && [tag.value];
      }
      if (key.startsWith(OBJECT_TAG)) {
        const value = known.tags?.[key.slice(OBJECT_TAG.length)];
        return value === undefined ? undefined : [value];
      }
      return more?.(key) ?? principal.facts?.(key);
    };
  }

  #denial(principal: Principal, action: string, name: ResourceName, decision: Decision, ours: boolean): Denial {
    const { by } = decision;
    const denial: Denial = {
      action,
      resource: formatResourceName(name),
      principalType: PRINCIPAL_TYPES[principal.kind],
      principalId: principal.kind === 'anonymous' ? '' : principalId(principal),
      accountId: principal.kind === 'anonymous' ? '' : principal.accountId,
      policyType: by?.policy.kind ?? (decision.outcome === 'limited' ? 'session' : 'identity'),
      explicit: decision.outcome === 'deny',
      by: by && { policy: by.policy.name, statement: by.statement.number },
    };
    return ours && this.#box ? { ...denial, diagnosis: this.#box.seal(JSON.stringify(denial), DIAGNOSIS) } : denial;
  }
}

/** Whether the caller belongs to the account whose thing it is. */
const isOurs = (principal: Principal, bucket: BucketRow | undefined): boolean =>
  principal.kind !== 'anonymous' && (!bucket || bucket.ownerId === principal.accountId);

/** What the vendor calls whoever it is. */
export const principalId = (principal: KnownPrincipal): string => {
  if (principal.kind === 'account') return principal.accountId;
  return principal.kind === 'user' ? principal.uid : `${principal.uid}:${principal.session}`;
};

export function arnOf(principal: KnownPrincipal): string {
  const { accountId } = principal;
  if (principal.kind === 'account') return rootArn(accountId);
  return principal.kind === 'user'
    ? userArn(accountId, principal.name)
    : sessionArn(accountId, principal.name, principal.session);
}

/** Every name under which policies of buckets and trust policies may mean a principal. */
export function namesOf(principal: KnownPrincipal | undefined): string[] {
  if (principal === undefined) return [];
  const { accountId } = principal;
  const arn = arnOf(principal);
  if (principal.kind === 'account') return [accountId, arn];
  if (principal.kind === 'user') return [principal.uid, arn];
  const { name, session } = principal;
  // The vendor's pages for buckets spell sessions in the second way.
  return [principal.uid, arn, `arn:sts::${accountId}:assumed-role/${name}/${session}`, roleArn(accountId, name)];
}

function refusal(principal: Principal, key: string | undefined, decision: Decision): string {
  const kind = decision.by?.policy.kind;
  if (decision.outcome === 'limited' || kind === 'session') return "Access denied by authorizer's policy.";
  if (kind === 'bucket') return 'Access denied by bucket policy.';
  if (principal.kind === 'anonymous') {
    return key === undefined
      ? 'Anonymous user has no right to access this bucket.'
      : 'Anonymous user has no right to access this object.';
  }
  if (principal.kind === 'account') return 'You have no right to access this object because of bucket acl.';
  return 'You are not authorized to do this action. You should be authorized by RAM.';
}
