import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import { chooseProtocol } from './choose-protocol.ts';

const choose = (url: string, headers: IncomingHttpHeaders = {}, method = 'GET') =>
  chooseProtocol({ url, headers, method });

test('MNS is told by its version header or its scheme of authorization', () => {
  assert.equal(choose('/queues/q', { 'x-mns-version': '2015-06-06' }), 'mns');
  assert.equal(choose('/queues/q', { authorization: 'MNS id:signature' }), 'mns');
});

test('RPC is told by its action, in header, query or posted form, or by its scheme of authorization', () => {
  assert.equal(choose('/', { 'x-acs-action': 'CreateProject' }, 'POST'), 'rpc');
  assert.equal(choose('/', { authorization: 'ACS3-HMAC-SHA256 Credential=id' }, 'POST'), 'rpc');
  assert.equal(choose('/?Format=JSON&Version=2020-09-30&Action=ListTasks'), 'rpc');
  assert.equal(choose('/', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, 'POST'), 'rpc');
});

test('everything else is OSS, even where it looks a little like RPC', () => {
  assert.equal(choose('/'), 'oss');
  assert.equal(choose('/?Action=x'), 'oss');
  assert.equal(choose('/bucket/key?NotAction=1&Version=2'), 'oss');
  assert.equal(choose('/k?x-oss-process', { 'content-type': 'application/x-www-form-urlencoded' }, 'POST'), 'oss');
  assert.equal(choose('/?delete', { authorization: 'OSS id:signature' }, 'POST'), 'oss');
});
