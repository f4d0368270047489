import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conditionKey } from './condition.ts';
import { type AccessQuestion, decide } from './decide.ts';
import { type PolicyKind, parsePolicy } from './document.ts';
import { isInRange, parseIpRange } from './ip-range.ts';
import { resourceMatcher } from './resource-name.ts';
import { systemPolicies } from './system-policies.ts';
import { matchesWildcard } from './wildcard.ts';

const read = (statement: object, kind: PolicyKind = 'identity') =>
  parsePolicy('p', kind, JSON.stringify({ Version: '1', Statement: [statement] }));

const allowAll = { Effect: 'Allow', Action: '*', Resource: '*' };

function question(given: {
  action?: string;
  relative?: string;
  service?: string;
  caller?: string[];
  context?: Record<string, string | string[]>;
}): AccessQuestion {
  const context = new Map(
    Object.entries(given.context ?? {}).map(([key, value]) => [conditionKey(key), [value].flat()] as const),
  );
  return {
    action: given.action ?? 'oss:GetObject',
    resource: {
      service: given.service ?? 'oss',
      region: 'cn-hangzhou',
      accountId: '1234',
      relative: given.relative ?? 'bucket/key',
    },
    caller: given.caller ?? [],
    context: (key) => context.get(key),
  };
}

const outcome = (statement: object, asked: Parameters<typeof question>[0] = {}): string =>
  decide({ identity: [read(statement)], resource: [] }, question(asked)).outcome;

test('a star matches any run of characters, a question mark exactly one', () => {
  const matches: [pattern: string, text: string, expected: boolean][] = [
    ['*', '', true],
    ['?', '', false],
    ['a*c', 'abc', true],
    ['a*c', 'a/b:c', true],
    ['a*c', 'abcd', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*a*b', 'xaxbxab', true],
    ['??', '\u{1F600}', false],
    ['?', '\u{1F600}', true],
    ['*?', '\u{1F600}', true],
    ['a.c', 'abc', false],
  ];
  for (const [pattern, text, expected] of matches) assert.equal(matchesWildcard(pattern, text), expected, pattern);
});

test('a pattern made to be slow is not', () => {
  const started = performance.now();
  assert.equal(matchesWildcard('*a'.repeat(300), `${'a'.repeat(3000)}b`), false);
  assert.ok(performance.now() - started < 1000);
});

test('addresses are in ranges of both versions, also when IPv4 is shown as IPv6', () => {
  const inRange = (address: string, range: string): boolean => {
    const parsed = parseIpRange(range);
    assert.ok(parsed, range);
    return isInRange(address, parsed);
  };
  assert.ok(inRange('10.1.2.3', '10.0.0.0/8'));
  assert.ok(inRange('::ffff:10.1.2.3', '10.0.0.0/8'));
  assert.ok(!inRange('11.1.2.3', '10.0.0.0/8'));
  assert.ok(inRange('10.1.2.3', '0.0.0.0/0'));
  assert.ok(inRange('10.0.0.129', '10.0.0.128/25'));
  assert.ok(!inRange('10.0.0.127', '10.0.0.128/25'));
  assert.ok(inRange('2001:db8::7', '2001:db8::/32'));
  assert.ok(!inRange('2001:db9::7', '2001:db8::/32'));
  assert.ok(inRange('::1', '::1'));
  assert.ok(!inRange('10.0.0.1', '::/0'));
  for (const bad of ['', '10.0.0', '10.0.0.256', '10.0.0.0/33', '1::2::3', ':::', '1:2:3', '10.0.0.0/8/8', 'x']) {
    assert.equal(parseIpRange(bad), undefined, bad);
  }
});

test('resources are matched part by part, with empty or starred region and account open', () => {
  const key = { service: 'oss', region: 'cn-hangzhou', accountId: '1234', relative: 'bucket/dir/key' };
  const expected: Record<string, boolean> = {
    '*': true,
    'acs:oss:*': true,
    'acs:oss:*:*:bucket/*': true,
    'acs:oss:*:*:bucket': false,
    'acs:oss:::bucket/*': true,
    'acs:oss:cn-hangzhou:1234:bucket/dir/*': true,
    'acs:oss:oss-cn-hangzhou:1234:bucket/dir/*': true,
    'acs:oss:cn-beijing:1234:bucket/*': false,
    'acs:oss:*:99:bucket/*': false,
    'acs:mns:*:*:bucket/*': false,
    'acs:*:*:*:*': true,
    'acs:oss:*:*:bucket*/k?': false,
    'acs:oss:*:*:bucket*/k?y': true,
    'acs:oss:*:*:BUCKET/*': false,
  };
  for (const [pattern, covers] of Object.entries(expected))
    assert.equal(resourceMatcher(pattern)(key), covers, pattern);
  const role = { service: 'ram', region: '', accountId: '1234', relative: 'role/Reader' };
  assert.ok(resourceMatcher('acs:ram::1234:role/reader')(role));
});

test('an explicit Deny outweighs any Allow, wherever they stand', () => {
  const deny = read({ Effect: 'Deny', Action: 'oss:*', Resource: 'acs:oss:*:*:bucket/*', Principal: ['*'] }, 'bucket');
  const allow = read(allowAll);
  assert.equal(decide({ identity: [allow], resource: [] }, question({})).outcome, 'allow');
  const denied = decide({ identity: [allow], resource: [deny] }, question({}));
  assert.equal(denied.outcome, 'deny');
  assert.equal(denied.by?.statement.number, 1);
});

test('a session policy has to allow as well, and does not allow by itself', () => {
  const session = read({ Effect: 'Allow', Action: 'oss:GetObject', Resource: '*' }, 'session');
  const role = read({
    Effect: 'Allow',
    Action: ['oss:GetObject', 'oss:PutObject'],
    Resource: 'acs:oss:*:*:bucket/a/*',
  });
  const ask = (action: string, relative: string) =>
    decide({ session, identity: [role], resource: [] }, question({ action, relative })).outcome;
  assert.equal(ask('oss:GetObject', 'bucket/a/1'), 'allow');
  assert.equal(ask('oss:PutObject', 'bucket/a/1'), 'limited');
  assert.equal(ask('oss:GetObject', 'bucket/b/1'), 'none');
});

test('actions are compared in any case, and NotAction and NotResource mean all others', () => {
  assert.equal(outcome({ ...allowAll, Action: 'OSS:getobject' }), 'allow');
  assert.equal(outcome({ ...allowAll, Action: 'oss:Get*' }, { action: 'oss:GetBucketAcl' }), 'allow');
  const others = { Effect: 'Allow', NotAction: ['oss:Delete*'], NotResource: 'acs:oss:*:*:secret/*' };
  assert.equal(outcome(others), 'allow');
  assert.equal(outcome(others, { action: 'oss:DeleteObject' }), 'none');
  assert.equal(outcome(others, { relative: 'secret/key' }), 'none');
});

test('conditions: values of a key are alternatives, keys and operators must all hold', () => {
  const when = (Condition: object, context: Record<string, string | string[]>) =>
    outcome({ ...allowAll, Condition }, { context });
  const office = { IpAddress: { 'acs:SourceIp': ['10.0.0.0/8', '192.168.0.1'] } };
  assert.equal(when(office, { 'acs:SourceIp': '192.168.0.1' }), 'allow');
  assert.equal(when(office, { 'acs:SourceIp': '192.168.0.2' }), 'none');
  assert.equal(when(office, {}), 'none');
  assert.equal(
    when({ NotIpAddress: { 'acs:SourceIp': ['10.0.0.0/8', '11.0.0.0/8'] } }, { 'acs:SourceIp': '11.1.1.1' }),
    'none',
  );
  assert.equal(when({ NotIpAddress: { 'acs:SourceIp': '10.0.0.0/8' } }, {}), 'allow');
  assert.equal(when({ ...office, Bool: { 'acs:SecureTransport': 'true' } }, { 'acs:SourceIp': '10.1.1.1' }), 'none');
  assert.equal(when({ Bool: { 'acs:SecureTransport': true } }, { 'acs:SecureTransport': 'true' }), 'allow');
  const until = { DateLessThan: { 'acs:CurrentTime': '2025-01-02T11:04:05+08:00' } };
  assert.equal(when(until, { 'acs:CurrentTime': '2025-01-02T03:04:04Z' }), 'allow');
  assert.equal(when(until, { 'acs:CurrentTime': '2025-01-02T03:04:05Z' }), 'none');
  assert.equal(when({ StringLike: { 'oss:Prefix': ['home/*', ''] } }, { 'oss:Prefix': 'home/a' }), 'allow');
  assert.equal(when({ StringEqualsIfExists: { 'oss:Delimiter': '/' } }, {}), 'allow');
  assert.equal(when({ StringEqualsIfExists: { 'oss:Delimiter': '/' } }, { 'oss:Delimiter': '-' }), 'none');
  assert.equal(when({ NumericLessThanEquals: { 'oss:MaxKeys': 100 } }, { 'oss:MaxKeys': '100' }), 'allow');
  assert.equal(when({ NumericLessThanEquals: { 'oss:MaxKeys': 100 } }, { 'oss:MaxKeys': 'many' }), 'none');
  const tags = { 'ForAllValues:StringEquals': { 'oss:RequestObjectTag/A': ['1', '2'] } };
  assert.equal(when(tags, { 'oss:RequestObjectTag/A': ['1', '2'] }), 'allow');
  assert.equal(when(tags, { 'oss:RequestObjectTag/A': ['1', '3'] }), 'none');
  assert.equal(when({ StringEquals: { 'oss:requestobjecttag/A': '1' } }, { 'oss:RequestObjectTag/a': '1' }), 'none');
});

test('a statement for everybody is public unless a condition narrows it', () => {
  const open = { ...allowAll, Principal: '*' };
  const isPublic = (statement: object): boolean => read(statement, 'bucket').statements[0]?.isPublic ?? false;
  assert.ok(isPublic(open));
  assert.ok(isPublic({ ...allowAll, NotPrincipal: ['1'] }));
  assert.ok(!isPublic({ ...allowAll, Principal: ['1234'] }));
  assert.ok(!isPublic({ ...open, Effect: 'Deny' }));
  assert.ok(!isPublic({ ...open, Condition: { IpAddress: { 'acs:SourceIp': '10.0.0.0/8' } } }));
  assert.ok(isPublic({ ...open, Condition: { IpAddress: { 'acs:SourceIp': '0.0.0.0/1' } } }));
  assert.ok(isPublic({ ...open, Condition: { NotIpAddress: { 'acs:SourceIp': '10.0.0.0/8' } } }));
  const policies = { identity: [], resource: [read(open, 'bucket')] };
  assert.equal(decide(policies, question({})).outcome, 'allow');
  assert.equal(decide({ ...policies, publicBlocked: true }, question({})).outcome, 'none');
});

test('a principal is matched by any of its names', () => {
  const policy = read({ ...allowAll, Principal: ['2700', 'arn:sts::1234:assumed-role/reader/*'] }, 'bucket');
  const ask = (...caller: string[]) => decide({ identity: [], resource: [policy] }, question({ caller })).outcome;
  assert.equal(ask('2700', 'acs:ram::1234:user/ann'), 'allow');
  assert.equal(ask('arn:sts::1234:assumed-role/Reader/s1'), 'allow');
  assert.equal(ask('2701'), 'none');
  assert.equal(ask(), 'none');
});

test('a bucket policy that names no principal allows nobody and denies everybody', () => {
  const ask = (Effect: string, caller: string[]) =>
    decide({ identity: [read(allowAll)], resource: [read({ ...allowAll, Effect }, 'bucket')] }, question({ caller }));
  assert.equal(ask('Deny', ['2700']).outcome, 'deny');
  assert.equal(ask('Deny', []).outcome, 'deny');
  const alone = decide({ identity: [], resource: [read(allowAll, 'bucket')] }, question({ caller: ['2700'] }));
  assert.equal(alone.outcome, 'none');
  assert.ok(!read(allowAll, 'bucket').statements[0]?.isPublic);
});

test('says what is wrong with a document', () => {
  const faults: [kind: PolicyKind, text: string, reason: RegExp][] = [
    ['identity', '{', /must be a JSON document/],
    ['identity', '[]', /must be a JSON object/],
    ['identity', '{"Version":"2","Statement":[]}', /Version of the policy must be "1"/],
    ['identity', '{"Version":"1","Statement":[]}', /1 to 512 statements/],
    ['identity', '{"Version":"1"}', /Statement 1: it must be a JSON object/],
    ['identity', '{"Version":"1","Statement":[],"Id":"x"}', /must not have an element Id/],
  ];
  const statements: [kind: PolicyKind, statement: object, reason: RegExp][] = [
    ['identity', { ...allowAll, Effect: 'allow' }, /Effect must be Allow or Deny/],
    ['identity', { ...allowAll, Action: [] }, /Action must be a text or a list of texts, and not empty/],
    ['identity', { ...allowAll, Action: 'GetObject' }, /service:Action/],
    ['identity', { ...allowAll, NotAction: 'oss:*' }, /both Action and NotAction/],
    ['identity', { ...allowAll, Resource: 'bucket/*' }, /acs:service:region:account:name/],
    ['identity', { ...allowAll, Principal: '*' }, /has no Principal/],
    ['identity', { ...allowAll, Condtion: {} }, /there is no element Condtion/],
    ['identity', { ...allowAll, Condition: { Equals: { a: 'b' } } }, /Equals is not an operator/],
    ['identity', { ...allowAll, Condition: { IpAddress: { 'acs:SourceIp': '10.0.0.0/99' } } }, /takes an IP address/],
    ['identity', { ...allowAll, Condition: { Bool: { 'acs:SecureTransport': 'yes' } } }, /takes true or false/],
    ['identity', { ...allowAll, Condition: { DateEquals: { 'acs:CurrentTime': '1' } } }, /takes a time/],
    ['identity', { ...allowAll, Condition: { StringEquals: { 'oss:Prefix': [] } } }, /at least one value/],
    ['identity', { Effect: 'Allow', Action: '*' }, /must have Resource or NotResource/],
    ['trust', { Effect: 'Allow', Action: 'sts:AssumeRole' }, /must have Principal/],
    ['trust', { ...allowAll, Principal: { RAM: 'x' } }, /has no Resource/],
    [
      'trust',
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: 'x' } },
      /RAM, Service or Federated, not AWS/,
    ],
  ];
  for (const [kind, statement, reason] of statements) {
    faults.push([kind, JSON.stringify({ Version: '1', Statement: statement }), reason]);
  }
  for (const [kind, text, reason] of faults) assert.throws(() => parsePolicy('p', kind, text), reason, text);
});

test('the system policies are there under the names that people attach', () => {
  const names = systemPolicies.map(({ name }) => name);
  for (const name of ['AdministratorAccess', 'AliyunOSSFullAccess', 'AliyunOSSReadOnlyAccess', 'AliyunMNSFullAccess']) {
    assert.ok(names.includes(name), name);
  }
  assert.deepEqual(names, names.toSorted());
});
