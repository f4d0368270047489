import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openSecretBox } from '../../stores/files/secret-box.ts';
import { openSqliteStore } from '../../stores/sqlite/sqlite-record-store.ts';
import { isDomainError } from '../errors.ts';
import { Identities } from '../identities.ts';
import type { Clock } from '../ports/clock.ts';
import { systemRandom } from '../ports/random.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { SecretBox } from '../ports/secret-box.ts';
import { AccessService } from './access-service.ts';
import { IdentityDirectory } from './identity-directory.ts';
import { IdentityService } from './identity-service.ts';
import { type Principal, rootKey } from './principal.ts';
import { SessionService } from './session-service.ts';

const accountId = '1000';
const root: Principal = rootKey('root', 'secret', accountId).principal;
const document = (Action: string): string =>
  JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
const trust = JSON.stringify({
  Version: '1',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { RAM: [`acs:ram::${accountId}:root`] } }],
});

let folder: string;
let nowMs: number;
let records: RecordStore;
let box: SecretBox;
let directory: IdentityDirectory;
let identities: IdentityService;
let sessions: SessionService;

const clock: Clock = { now: () => nowMs, schedule: () => () => undefined };

async function open(): Promise<void> {
  records = await openSqliteStore({ folder: join(folder, 'records') });
  box = openSecretBox(folder, systemRandom());
  directory = new IdentityDirectory({ records, box, clock, root: rootKey('root', 'secret', accountId) });
  const made = new Identities(clock, systemRandom());
  identities = new IdentityService({ records, box, clock, identities: made });
  const access = new AccessService(records.reads, { policies: directory, box, now: () => nowMs });
  sessions = new SessionService({ reads: records.reads, access, box, clock, identities: made });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-identities-'));
  nowMs = Date.UTC(2025, 0, 2);
  await open();
});

afterEach(async () => {
  await records.close();
  rmSync(folder, { recursive: true });
});

const user = (name: string) => ({ accountId, name });
const noDetails = { displayName: '', comments: '', email: '', mobilePhone: '' };

async function newUser(name: string): Promise<{ id: string; secret: string }> {
  await identities.create('user', user(name), noDetails);
  return identities.createAccessKey(user(name));
}

test('the root key is found without a promise, so that it costs nothing', () => {
  const found = directory.find('root', undefined);
  assert.ok(!(found instanceof Promise));
  assert.equal(found.key?.secret, 'secret');
});

test('a key is found with its secret and user, also after a restart, and never stands in the records as it is', async () => {
  const { id, secret } = await newUser('ann');
  await records.close();
  await open();
  const { key } = await directory.find(id, undefined);
  assert.equal(key?.secret, secret);
  assert.deepEqual([key?.principal.kind, key?.accountId, key?.temporary], ['user', accountId, false]);
  const row = await records.reads.accessKeys.get(id);
  assert.ok(row && !row.sealedSecret.includes(secret));
  assert.equal((await directory.find('nobody', undefined)).fault, 'unknown');
});

test('a change is in force as soon as its command is answered', async () => {
  const { id } = await newUser('ann');
  const fault = async () => (await directory.find(id, undefined)).fault;
  assert.equal(await fault(), undefined);
  await identities.setAccessKeyActive(user('ann'), id, false);
  assert.equal(await fault(), 'inactive');
  await identities.setAccessKeyActive(user('ann'), id, true);
  assert.equal(await fault(), undefined);
  await identities.deleteAccessKey(user('ann'), id);
  assert.equal(await fault(), 'unknown');
});

test('policies come from the user and its groups, each once', async () => {
  const { id } = await newUser('ann');
  const of = async (): Promise<string[]> => {
    const { key } = await directory.find(id, undefined);
    assert.ok(key);
    return (await directory.policiesOf(key.principal)).map(({ name }) => name).sort();
  };
  assert.deepEqual(await of(), []);
  await identities.createPolicy({ accountId, name: 'own' }, document('oss:*'), '');
  await identities.create('group', { accountId, name: 'g' }, { comments: '' });
  await identities.joinGroup({ accountId, group: 'g', user: 'ann' });
  const attach = (holderKind: 'user' | 'group', policyType: 'System' | 'Custom', policy: string) =>
    identities.attachPolicy({ accountId, holderKind, holder: holderKind === 'user' ? 'ann' : 'g', policyType, policy });
  await attach('user', 'Custom', 'OWN');
  await attach('group', 'Custom', 'own');
  await attach('group', 'System', 'aliyunossreadonlyaccess');
  assert.deepEqual(await of(), ['AliyunOSSReadOnlyAccess', 'own']);
  await identities.leaveGroup({ accountId, group: 'g', user: 'ann' });
  assert.deepEqual(await of(), ['own']);
});

test('a session needs its token, ends at its time and with its role', async () => {
  await identities.create(
    'role',
    { accountId, name: 'Reader' },
    { description: '', trustPolicy: trust, maxSessionSeconds: 3600 },
  );
  const roleArn = `acs:ram::${accountId}:role/reader`;
  const assumed = await sessions.assumeRole(root, { roleArn, session: 'one', policy: document('oss:Get*') });
  const { accessKeyId, secret } = assumed.session;
  await records.close();
  await open();
  const { key } = await directory.find(accessKeyId, assumed.token);
  assert.equal(key?.secret, secret);
  assert.ok(key?.principal.kind === 'role' && key.principal.sessionPolicy);
  const fault = async (id: string, token?: string) => (await directory.find(id, token)).fault;
  assert.equal(await fault(accessKeyId), 'token-missing');
  assert.equal(await fault(accessKeyId, 'junk'), 'token-invalid');
  assert.equal(await fault('STS.other', assumed.token), 'token-mismatch');
  nowMs += 3_600_000;
  assert.equal(await fault(accessKeyId, assumed.token), undefined);
  nowMs += 1;
  assert.equal(await fault(accessKeyId, assumed.token), 'token-expired');
  nowMs -= 10_000;
  await identities.remove('role', { accountId, name: 'reader' });
  assert.equal(await fault(accessKeyId, assumed.token), 'token-invalid');
});

test('a role is assumed by those whom it trusts and whose policies allow it', async () => {
  await identities.create(
    'role',
    { accountId, name: 'r' },
    { description: '', trustPolicy: trust, maxSessionSeconds: 3600 },
  );
  const roleArn = `acs:ram::${accountId}:role/r`;
  const { id } = await newUser('ann');
  const { key } = await directory.find(id, undefined);
  assert.ok(key);
  const assume = () => sessions.assumeRole(key.principal, { roleArn, session: 'one' });
  await assert.rejects(assume(), (error) => isDomainError(error, 'AccessDenied'));
  const attachment = { accountId, holderKind: 'user', holder: 'ann', policyType: 'System' } as const;
  await identities.attachPolicy({ ...attachment, policy: 'AliyunSTSAssumeRoleAccess' });
  assert.equal((await assume()).role.name, 'r');
  await identities.change(
    'role',
    { accountId, name: 'r' },
    { about: { trustPolicy: trust.replace('root', 'user/bob') } },
  );
  await assert.rejects(
    assume(),
    (error) => isDomainError(error, 'AccessDenied') && error.details.denial?.policyType === 'trust',
  );
});

test('of two that create, attach or join the same at once, one wins', async () => {
  await newUser('ann');
  await identities.create('group', { accountId, name: 'g' }, { comments: '' });
  const races = [
    () => identities.create('user', user('Bob'), noDetails),
    () => identities.joinGroup({ accountId, group: 'g', user: 'ann' }),
    () => identities.createAccessKey(user('ann')),
  ];
  for (const race of races) {
    const settled = await Promise.allSettled([race(), race()]);
    assert.deepEqual(settled.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  }
});
