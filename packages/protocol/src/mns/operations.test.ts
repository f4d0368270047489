import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertDistinct, operations, selectOperation } from './operations.ts';

const select = (method: string, path: string, query: Record<string, string> = {}) =>
  selectOperation(
    method,
    path.split('/').filter((part) => part !== ''),
    new Map(Object.entries(query)),
  );

const names = (selected: ReturnType<typeof select>) => selected?.candidates.map((operation) => operation.name);

test('tells operations of one path apart by method and query', () => {
  const messages = '/queues/q/messages';
  assert.deepEqual(names(select('GET', messages)), ['ReceiveMessage']);
  assert.deepEqual(names(select('GET', messages, { waitseconds: '3' })), ['ReceiveMessage']);
  assert.deepEqual(names(select('GET', messages, { waitseconds: '3', numofmessages: '3' })), ['BatchReceiveMessage']);
  assert.deepEqual(names(select('GET', messages, { peekonly: 'True' })), ['PeekMessage']);
  assert.deepEqual(names(select('GET', messages, { peekonly: 'false' })), ['ReceiveMessage']);
  assert.deepEqual(names(select('GET', messages, { peekonly: 'true', numofmessages: '2' })), ['BatchPeekMessage']);
  assert.deepEqual(names(select('DELETE', messages, { receipthandle: 'h' })), ['DeleteMessage']);
  assert.deepEqual(names(select('DELETE', messages)), ['BatchDeleteMessage']);
  assert.deepEqual(names(select('PUT', '/queues/q', { metaoverride: 'true' })), ['SetQueueAttributes']);
  assert.deepEqual(names(select('PUT', '/queues/q')), ['CreateQueue']);
  assert.deepEqual(names(select('GET', '/', { accountmeta: 'true' })), ['GetAccountAttributes']);
});

test('leaves single and batch send to the body', () => {
  assert.deepEqual(names(select('POST', '/queues/q/messages')), ['SendMessage', 'BatchSendMessage']);
});

test('gives the path fields', () => {
  assert.deepEqual(select('PUT', '/topics/t/subscriptions/s')?.path, { topic: 't', subscription: 's' });
});

test('selects nothing for unknown paths and methods', () => {
  assert.equal(select('GET', '/queues/q/messages/x'), undefined);
  assert.equal(select('PATCH', '/queues/q'), undefined);
  assert.equal(select('GET', '/nothing'), undefined);
});

test('refuses a list in which two operations are selected by the same request', () => {
  const [first] = operations;
  assert.ok(first);
  assert.throws(() => assertDistinct([...operations, { ...first, name: 'Again' }]), /Again and CreateQueue/);
});
