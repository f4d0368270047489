import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DomainError, isDomainError } from '../errors.ts';
import type { BucketRow, ObjectRow } from '../ports/object-records.ts';
import type { Reads } from '../ports/record-store.ts';
import type { SettingsOfBucket } from '../settings/bucket-settings.ts';
import { AccessService } from './access-service.ts';
import type { PolicySource } from './identity-directory.ts';
import { parsePolicy } from './policy/document.ts';
import { anonymous, type Principal } from './principal.ts';

const bucket: BucketRow = {
  id: 1,
  name: 'b',
  ownerId: '1',
  createdMs: 0,
  acl: 'private',
  storageClass: 'Standard',
  dataRedundancy: 'LRS',
  versioning: 'Unversioned',
};
const owner: Principal = { kind: 'account', accountId: '1', accessKeyId: 'k' };
const stranger: Principal = { kind: 'account', accountId: '2', accessKeyId: 'k2' };
const user: Principal = { kind: 'user', accountId: '1', accessKeyId: 'k3', userId: 7, uid: '27', name: 'ann' };

const policy = (statements: object[], kind: 'identity' | 'bucket' | 'session' = 'identity') =>
  parsePolicy(kind, kind, JSON.stringify({ Version: '1', Statement: statements }));

const allow = (Action: string, Resource = '*', more: object = {}) => ({ Effect: 'Allow', Action, Resource, ...more });
const deny = (Action: string, Resource = '*', more: object = {}) => ({ Effect: 'Deny', Action, Resource, ...more });

interface World {
  identity?: object[];
  settings?: SettingsOfBucket;
  objectAcl?: ObjectRow['acl'];
  tags?: Record<string, string>;
  accountBlocks?: boolean;
}

function service({ identity, settings = {}, objectAcl, tags, accountBlocks = false }: World = {}) {
  let asked = 0;
  const policies: PolicySource = {
    policiesOf: async () => {
      asked += 1;
      return identity ? [policy(identity)] : [];
    },
    blocksPublicAccess: async () => accountBlocks,
  };
  // Only what the service asks is there.
  const reads = {
    settings: { of: () => settings },
    objects: { get: () => (objectAcl || tags ? { acl: objectAcl ?? 'default', traits: { tags } } : undefined) },
  } as unknown as Reads;
  const access = new AccessService(reads, { policies, now: () => Date.UTC(2025, 0, 2) });
  return { access, asked: () => asked };
}

async function may(
  world: World,
  principal: Principal,
  action: string,
  resource: { bucket?: BucketRow; key?: string; name?: string } = { bucket, key: 'k' },
): Promise<boolean> {
  try {
    await service(world).access.require(principal, action, resource);
    return true;
  } catch (error) {
    if (isDomainError(error, 'AccessDenied')) return false;
    throw error;
  }
}

const bucketPolicy = (...statements: object[]): SettingsOfBucket => ({
  policy: { document: JSON.stringify({ Version: '1', Statement: statements }) },
});

test('the account with its own bucket is let through without asking for policies', async () => {
  const { access, asked } = service();
  await access.require(owner, 'oss:PutObject', { bucket, key: 'k' });
  await access.require(owner, 'oss:ListBuckets');
  assert.equal(asked(), 0);
});

test('a user may do what its policies allow, and nothing of another account', async () => {
  const world = { identity: [allow('oss:*', 'acs:oss:*:*:b/k*')] };
  assert.equal(await may(world, user, 'oss:GetObject'), true);
  assert.equal(await may(world, user, 'oss:GetObject', { bucket, key: 'other' }), false);
  assert.equal(await may(world, user, 'oss:GetBucketAcl', { bucket }), false);
  assert.equal(await may(world, user, 'oss:GetObject', { bucket: { ...bucket, ownerId: '2' }, key: 'k' }), false);
  assert.equal(await may(world, user, 'mns:SendMessage', { name: '/queues/q/messages' }), false);
});

test('where no policy says anything, ACLs open data and nothing else', async () => {
  const open = { ...bucket, acl: 'public-read' } as const;
  for (const principal of [user, stranger, anonymous]) {
    assert.equal(await may({}, principal, 'oss:GetObject', { bucket: open, key: 'k' }), true);
    assert.equal(await may({}, principal, 'oss:PutObject', { bucket: open, key: 'k' }), false);
    assert.equal(await may({}, principal, 'oss:GetBucketAcl', { bucket: open }), false);
    assert.equal(await may({ objectAcl: 'private' }, principal, 'oss:GetObject', { bucket: open, key: 'k' }), false);
    assert.equal(await may({ objectAcl: 'public-read' }, principal, 'oss:GetObject'), true);
  }
});

test('an explicit Deny outweighs an ACL, and ownership', async () => {
  const settings = bucketPolicy(deny('oss:GetObject', '*', { Principal: '*' }));
  const open = { ...bucket, acl: 'public-read' } as const;
  assert.equal(await may({ settings }, anonymous, 'oss:GetObject', { bucket: open, key: 'k' }), false);
  assert.equal(await may({ settings }, owner, 'oss:GetObject'), false);
  assert.equal(await may({ settings }, owner, 'oss:PutObject'), true);
  const everything = bucketPolicy(deny('*', '*', { Principal: '*' }));
  assert.equal(await may({ settings: everything }, owner, 'oss:DeleteBucketPolicy', { bucket }), true);
  assert.equal(await may({ settings: everything }, user, 'oss:DeleteBucketPolicy', { bucket }), false);
});

test('a bucket policy lets in users, other accounts and nobody known', async () => {
  const settings = bucketPolicy(allow('oss:GetObject', '*', { Principal: ['27', '2'] }));
  assert.equal(await may({ settings }, user, 'oss:GetObject'), true);
  assert.equal(await may({ settings }, stranger, 'oss:GetObject'), true);
  assert.equal(await may({ settings }, anonymous, 'oss:GetObject'), false);
  assert.equal(await may({ settings, identity: [deny('oss:GetObject')] }, user, 'oss:GetObject'), false);
});

test('a block of bucket or account turns public ACLs and public statements off', async () => {
  const open = { ...bucket, acl: 'public-read' } as const;
  const settings = bucketPolicy(allow('oss:PutObject', '*', { Principal: '*' }));
  const blocked = { ...settings, publicAccessBlock: { block: true } };
  assert.equal(await may({ settings }, anonymous, 'oss:PutObject'), true);
  for (const world of [{ settings: blocked }, { settings, accountBlocks: true }]) {
    assert.equal(await may(world, anonymous, 'oss:PutObject'), false);
    assert.equal(await may(world, anonymous, 'oss:GetObject', { bucket: open, key: 'k' }), false);
    assert.equal(await may(world, owner, 'oss:GetObject', { bucket: open, key: 'k' }), true);
    const { access } = service(world);
    await assert.rejects(access.requireNotBlocked(owner, bucket), DomainError);
  }
});

test('a session may do what its policy and its role both allow', async () => {
  const session = (statements?: object[]): Principal => ({
    kind: 'role',
    accountId: '1',
    accessKeyId: 'STS.k',
    roleId: 9,
    uid: '39',
    name: 'reader',
    session: 's',
    sessionPolicy: statements && policy(statements, 'session'),
  });
  const role = { identity: [allow('oss:GetObject')] };
  assert.equal(await may(role, session(), 'oss:GetObject'), true);
  assert.equal(await may(role, session([allow('oss:GetObject', 'acs:oss:*:*:b/x*')]), 'oss:GetObject'), false);
  assert.equal(await may(role, session([allow('oss:*')]), 'oss:PutObject'), false);
  // What a bucket's policy adds, the session's still limits.
  const settings = bucketPolicy(allow('oss:PutObject', '*', { Principal: ['arn:sts::1:assumed-role/reader/*'] }));
  assert.equal(await may({ ...role, settings }, session([allow('oss:*')]), 'oss:PutObject'), true);
  assert.equal(await may({ ...role, settings }, session([allow('oss:Get*')]), 'oss:PutObject'), false);
});

test('conditions see the clock, the caller, the tags of the bucket and the facts of the request', async () => {
  const when = async (Condition: object, facts: Record<string, string> = {}): Promise<boolean> => {
    const world = { identity: [allow('oss:*', '*', { Condition })], settings: { tags: [{ key: 'Team', value: 'a' }] } };
    const known = new Map(Object.entries(facts));
    const principal: Principal = { ...user, facts: (key) => (known.has(key) ? [known.get(key) ?? ''] : undefined) };
    return may(world, principal, 'oss:GetObject');
  };
  assert.equal(await when({ DateLessThan: { 'acs:CurrentTime': '2025-01-02T00:00:01Z' } }), true);
  assert.equal(await when({ DateLessThan: { 'acs:CurrentTime': '2025-01-01T23:59:59Z' } }), false);
  assert.equal(await when({ StringEquals: { 'acs:PrincipalARN': 'acs:ram::1:user/ann' } }), true);
  assert.equal(await when({ StringEquals: { 'oss:BucketTag/Team': 'a' } }), true);
  assert.equal(await when({ StringEquals: { 'oss:BucketTag/team': 'a' } }), false);
  assert.equal(await when({ IpAddress: { 'acs:SourceIp': '10.0.0.0/8' } }, { 'acs:sourceip': '10.1.2.3' }), true);
  assert.equal(await when({ IpAddress: { 'acs:SourceIp': '10.0.0.0/8' } }), false);
});

test('conditions see the tags of the object, and only then is it looked up', async () => {
  const Condition = { StringEquals: { 'oss:ExistingObjectTag/Open': 'yes' } };
  const world = { identity: [allow('oss:GetObject', '*', { Condition })] };
  assert.equal(await may({ ...world, tags: { Open: 'yes' } }, user, 'oss:GetObject'), true);
  assert.equal(await may({ ...world, tags: { Open: 'no' } }, user, 'oss:GetObject'), false);
  assert.equal(await may({ ...world, tags: { open: 'yes' } }, user, 'oss:GetObject'), false);
  assert.equal(await may(world, user, 'oss:GetObject'), false);
});

test('a denial says which statement decided', async () => {
  const { access } = service({ identity: [allow('oss:*'), deny('oss:GetObject')] });
  const required = async (): Promise<void> => access.require(user, 'oss:GetObject', { bucket, key: 'k' });
  const error = await required().catch((thrown: unknown) => thrown);
  assert.ok(isDomainError(error, 'AccessDenied'));
  assert.deepEqual(error.details.denial, {
    action: 'oss:GetObject',
    resource: 'acs:oss:cn-hangzhou:1:b/k',
    principalType: 'User',
    principalId: '27',
    accountId: '1',
    policyType: 'identity',
    explicit: true,
    by: { policy: 'identity', statement: 2 },
  });
});
