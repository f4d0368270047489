/** What the log tells of whoever was not let do something. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { oss, startServer, until } from '@millrace/testkit';

test('the log names the statement that denied, and whom', async (t) => {
  const server = await startServer({ test: t, env: { MILLRACE_LOG_LEVEL: 'info' } });
  const bucket = `denied-${randomBytes(6).toString('hex')}`;
  await oss(server, { method: 'PUT', path: `/${bucket}/`, body: '' });
  const statement = { Effect: 'Deny', Action: 'oss:GetObject', Resource: `acs:oss:*:*:${bucket}/*`, Principal: '*' };
  const allowed = { Effect: 'Allow', Action: 'oss:PutObject', Resource: '*', Principal: ['1'] };
  const policy = JSON.stringify({ Version: '1', Statement: [allowed, statement] });
  const put = await oss(server, { method: 'PUT', path: `/${bucket}/`, query: { policy: '' }, body: policy });
  assert.equal(put.status, 200, put.text);
  const read = await oss(server, { method: 'GET', path: `/${bucket}/key` });
  assert.equal(read.status, 403);
  const line = await until('the denial in the log', 5_000, () =>
    server.logs.find((text) => text.includes('"msg":"access denied"')),
  );
  const { requestId, denial } = JSON.parse(line);
  assert.equal(requestId, read.headers['x-oss-request-id']);
  assert.deepEqual(denial, {
    action: 'oss:GetObject',
    resource: `acs:oss:${server.region}:${server.accountId}:${bucket}/key`,
    principalType: 'Account',
    principalId: server.accountId,
    accountId: server.accountId,
    policyType: 'bucket',
    explicit: true,
    by: { policy: 'bucket policy', statement: 2 },
  });
});
