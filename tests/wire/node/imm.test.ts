/** The clients for Node of both generations: IMM by parameters in a form, STS by signed headers. */
// proves imm: CreateProject, GetProject, DeleteProject
// proves sts: GetCallerIdentity

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import Core from '@alicloud/pop-core';
import sts from '@alicloud/sts20150401';
import { openTarget, type Target } from './server.ts';

interface Newer {
  Project: { ProjectName: string; Tags: { TagKey: string; TagValue: string }[] };
}

let target: Target;
let close: () => Promise<void>;
const name = `node_${randomBytes(6).toString('hex')}`;

before(async () => {
  ({ target, close } = await openTarget());
});

after(() => close());

const imm = (apiVersion: string, other: { accessKeySecret?: string } = {}): Core => {
  const { accessKeyId, accessKeySecret, endpoint } = target;
  return new Core({ accessKeyId, accessKeySecret, endpoint, apiVersion, ...other });
};

for (const method of ['GET', 'POST']) {
  test(`pop-core makes a project and finds it in both versions, by ${method}`, async () => {
    const options = { method };
    const Tag = [{ Key: 'team', Value: "a b*~!'()+中" }];
    const made = await imm('2020-09-30').request<Newer>('CreateProject', { ProjectName: name, Tag }, options);
    assert.deepEqual(
      made.Project.Tags.map(({ TagKey, TagValue }) => [TagKey, TagValue]),
      [['team', "a b*~!'()+中"]],
    );
    const shown = await imm('2017-09-06').request<{ Project: string }>('GetProject', { Project: name }, options);
    assert.equal(shown.Project, name);
    const newer = await imm('2020-09-30').request<Newer>('GetProject', { ProjectName: name }, options);
    assert.equal(newer.Project.ProjectName, name);
    await imm('2017-09-06').request('DeleteProject', { Project: name }, options);
    await assert.rejects(imm('2017-09-06').request('GetProject', { Project: name }, options), {
      code: 'InvalidProject.NotFound',
    });
    await assert.rejects(imm('2020-09-30', { accessKeySecret: 'wrong' }).request('ListProjects', {}, options), {
      code: 'SignatureDoesNotMatch',
    });
  });
}

test('the newer client of STS signs headers and is told who it is', async () => {
  const { accessKeyId, accessKeySecret, endpoint, region } = target;
  const client = new sts.default({
    ...{ accessKeyId, accessKeySecret, protocol: 'http', regionId: region },
    endpoint: new URL(endpoint).host,
  });
  const { body } = await client.getCallerIdentity();
  assert.equal(body.accountId, target.accountId);
});
