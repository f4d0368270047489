// proves mns: SendMessage, ReceiveMessage, ChangeMessageVisibility, PublishMessage, BatchReceiveMessage

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import MNSClient from '@alicloud/mns';
import { mns } from '@millrace/testkit';
import { openTarget, type Target } from './server.ts';

let target: Target;
let close: () => Promise<void>;
let client: MNSClient;
let queue: string;

before(async () => {
  ({ target, close } = await openTarget());
  client = new MNSClient(target.accountId, {
    accessKeyId: target.accessKeyId,
    accessKeySecret: target.accessKeySecret,
    endpoint: target.endpoint,
  });
  queue = `queue-${randomBytes(6).toString('hex')}`;
  assert.equal((await client.createQueue(queue)).code, 201);
});

after(async () => {
  await client.deleteQueue(queue);
  await close();
});

test('a message is sent, received, kept longer and deleted', async () => {
  const sent = await client.sendMessage(queue, { MessageBody: '你好' });
  assert.equal(sent.code, 201);
  assert.match(sent.body.MessageId, /^[0-9A-F]{32}$/);
  const got = await client.receiveMessage(queue, 5);
  assert.equal(got.body.MessageBody, '你好');
  assert.equal(got.body.MessageBodyMD5, sent.body.MessageBodyMD5);
  const kept = await client.changeMessageVisibility(queue, got.body.ReceiptHandle, 60);
  assert.equal((await client.deleteMessage(queue, kept.body.ReceiptHandle)).code, 204);
});

test('several messages are received at once', async () => {
  for (const MessageBody of ['a', 'b', 'c']) await client.sendMessage(queue, { MessageBody });
  const got = await client.batchReceiveMessage(queue, 10, 5);
  assert.deepEqual(got.body.map((message) => message.MessageBody).sort(), ['a', 'b', 'c']);
  for (const message of got.body) await client.deleteMessage(queue, message.ReceiptHandle);
});

test('an empty queue and an absent queue are told apart', async () => {
  await assert.rejects(client.receiveMessage(queue, 0), /MessageNotExist/);
  await assert.rejects(client.receiveMessage(`${queue}-absent`, 1), /QueueNotExist/);
});

test('a topic reaches the queue', async () => {
  const topic = `topic-${randomBytes(6).toString('hex')}`;
  assert.equal((await client.createTopic(topic)).code, 201);
  // The client's own `subscribe` is an empty function.
  const subscription = `/topics/${topic}/subscriptions/to-queue`;
  const endpoint = `acs:mns:${target.region}:${target.accountId}:queues/${queue}`;
  const body = `<Subscription><Endpoint>${endpoint}</Endpoint><NotifyContentFormat>SIMPLIFIED</NotifyContentFormat></Subscription>`;
  assert.equal((await mns(target, { method: 'PUT', path: subscription, body })).status, 201);
  await client.publishMessage(topic, { MessageBody: 'published' });
  const got = await client.receiveMessage(queue, 10);
  assert.equal(got.body.MessageBody, 'published');
  await client.deleteMessage(queue, got.body.ReceiptHandle);
  assert.equal((await mns(target, { method: 'DELETE', path: subscription })).status, 204);
  await client.deleteTopic(topic);
});

test('attributes are told', async () => {
  const attributes = await client.getQueueAttributes(queue);
  assert.equal(attributes.body.QueueName, queue);
  assert.equal(attributes.body.VisibilityTimeout, '30');
});
