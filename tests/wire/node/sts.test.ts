/** Roles for a while, with the client that comes with ali-oss. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { oss } from '@millrace/testkit';
import OSS from 'ali-oss';
import { openTarget, type Target } from './server.ts';
import { ram } from './sign-rpc.ts';

let target: Target;
let close: () => Promise<void>;
const bucket = `sts-${randomBytes(6).toString('hex')}`;
const role = `role-${randomBytes(6).toString('hex')}`;

const document = (...Statement: object[]): string => JSON.stringify({ Version: '1', Statement });

before(async () => {
  ({ target, close } = await openTarget());
  await oss(target, { method: 'PUT', path: `/${bucket}/`, body: '' });
  const trusted = { RAM: [`acs:ram::${target.accountId}:root`] };
  await ram(target, 'CreateRole', {
    RoleName: role,
    AssumeRolePolicyDocument: document({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: trusted }),
  });
  await ram(target, 'AttachPolicyToRole', { RoleName: role, PolicyType: 'System', PolicyName: 'AliyunOSSFullAccess' });
});

after(async () => {
  await close();
});

const arn = (): string => `acs:ram::${target.accountId}:role/${role}`;
const client = (other: { accessKeySecret?: string } = {}): InstanceType<typeof OSS.STS> => {
  const { accessKeyId, accessKeySecret, endpoint } = target;
  return new OSS.STS({ accessKeyId, accessKeySecret, endpoint, ...other });
};

for (const authorizationV4 of [false, true]) {
  test(`a token opens what role and policy both allow, ${authorizationV4 ? 'V4' : 'V1'}`, async () => {
    const policy = {
      Version: '1',
      Statement: [{ Effect: 'Allow', Action: 'oss:*', Resource: `acs:oss:*:*:${bucket}/a/*` }],
    };
    const { credentials } = await client().assumeRole(arn(), policy, 900, 'from-node');
    const session = new OSS({
      region: `oss-${target.region}`,
      endpoint: target.endpoint,
      accessKeyId: credentials.AccessKeyId,
      accessKeySecret: credentials.AccessKeySecret,
      stsToken: credentials.SecurityToken,
      bucket,
      authorizationV4,
    });
    await session.put('a/key', Buffer.from('a'));
    assert.equal((await session.get('a/key')).content.toString(), 'a');
    await assert.rejects(session.put('b/key', Buffer.from('b')), { code: 'AccessDenied' });
  });
}

test('what is wrong is said by its code', async () => {
  await assert.rejects(client().assumeRole(`${arn()}x`, undefined, 900, 'from-node'), { code: 'EntityNotExist.Role' });
  await assert.rejects(client().assumeRole(arn(), undefined, 1, 'from-node'), {
    code: 'InvalidParameter.DurationSeconds',
  });
  const wrong = client({ accessKeySecret: 'wrong' });
  await assert.rejects(wrong.assumeRole(arn(), undefined, 900, 'from-node'), { code: 'SignatureDoesNotMatch' });
});
