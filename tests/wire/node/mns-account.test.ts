// proves mns: GetAccountAttributes, SetAccountAttributes, GetAccountId, OpenService

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mns } from '@millrace/testkit';
import { openTarget, type Target } from './server.ts';

let target: Target;
let close: () => Promise<void>;

before(async () => {
  ({ target, close } = await openTarget());
});

after(() => close());

test('an account keeps where it logs to, and what is left out of a change stays', async () => {
  const attributes = { path: '/', query: { accountmeta: 'true' } };
  const put = (body: string) => mns(target, { method: 'PUT', ...attributes, body });
  assert.equal((await put('<Account><LoggingBucket>logs</LoggingBucket></Account>')).status, 204);
  assert.equal((await put('<Account><TraceEnabled>1</TraceEnabled></Account>')).status, 204);
  const { status, text } = await mns(target, { method: 'GET', ...attributes });
  assert.equal(status, 200);
  assert.match(text, /<LoggingBucket>logs<\/LoggingBucket>\n {2}<TraceEnabled>1</);
  assert.equal((await put('<Account><TraceEnabled>2</TraceEnabled></Account>')).status, 400);
});

test('an account learns its number, and that the service is open', async () => {
  const id = await mns(target, { method: 'GET', path: '/', query: { account: '' } });
  assert.match(id.text, new RegExp(`<AccountId>${target.accountId}</AccountId>`));
  const opened = await mns(target, { method: 'POST', path: '/commonbuy/openservice' });
  assert.match(opened.text, /<OrderId>[^<]+<\/OrderId>/);
});
