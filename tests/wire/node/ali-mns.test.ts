// proves mns: CreateQueue, SetQueueAttributes, GetQueueAttributes, DeleteQueue, ListQueue, SendMessage, BatchSendMessage
// proves mns: ReceiveMessage, BatchReceiveMessage, PeekMessage, BatchDeleteMessage, ChangeMessageVisibility
// proves mns: CreateTopic, GetTopicAttributes, DeleteTopic, ListTopic, PublishMessage
// proves mns: Subscribe, GetSubscriptionAttributes, SetSubscriptionAttributes, ListSubscriptionByTopic, Unsubscribe

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { after, before, test } from 'node:test';
import aliMns from 'ali-mns';
import { openTarget, type Target } from './server.ts';

const { Account, MNSTopic, MQBatch, Msg, Region, Subscription, Topic } = aliMns;
let target: Target;
let close: () => Promise<void>;
let proxy: Server;
let account: InstanceType<typeof Account>;
let region: InstanceType<typeof Region>;
let service: InstanceType<typeof MNSTopic>;
let queueName: string;

/**
 * Takes requests for the vendor's host names, the only ones this client knows, to the server under test. It is told of it by
 * the environment, as of any proxy.
 */
async function openProxy(endpoint: string): Promise<Server> {
  const { hostname, port } = new URL(endpoint);
  const server = createServer((incoming, outgoing) => {
    const path = (incoming.url ?? '/').replace(/^http:\/\/[^/]+/, '');
    const { method, headers } = incoming;
    const onward = request({ hostname, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

before(async () => {
  ({ target, close } = await openTarget());
  proxy = await openProxy(target.endpoint);
  const address = proxy.address();
  assert.ok(address !== null && typeof address === 'object');
  process.env.http_proxy = `http://127.0.0.1:${address.port}`;
  account = new Account(target.accountId, target.accessKeyId, target.accessKeySecret);
  // It tells its author of what it does otherwise.
  account.setGA(false);
  const [zone = '', city = ''] = target.region.split('-');
  region = new Region(city, '', zone);
  service = new MNSTopic(account, region);
  queueName = `ali-mns-${randomBytes(6).toString('hex')}`;
  await service.createP(queueName, { VisibilityTimeout: 20 });
});

after(async () => {
  await service.deleteP(queueName);
  delete process.env.http_proxy;
  proxy.closeAllConnections();
  proxy.close();
  await close();
});

test('a queue is made, changed and listed', async () => {
  const queue = new MQBatch(queueName, account, region);
  await queue.setAttrsP({ PollingWaitSeconds: 1 });
  const { Queue } = await queue.getAttrsP();
  assert.deepEqual([Queue.QueueName, Queue.VisibilityTimeout, Queue.PollingWaitSeconds], [queueName, '20', '1']);
  const listed = await service.listP(queueName, 10);
  assert.match(listed.Queues.Queue.QueueURL, new RegExp(`/queues/${queueName}$`));
  await assert.rejects(service.createP(queueName, { VisibilityTimeout: 21 }), (refused: object) => {
    assert.match(JSON.stringify(refused), /QueueAlreadyExist/);
    return true;
  });
});

test('messages are sent, looked at, received, kept longer and deleted', async () => {
  const queue = new MQBatch(queueName, account, region);
  const text = '{"a": "<b> & 你好"}';
  const sent = await queue.sendP(text, 1);
  assert.equal((await queue.peekP(1)).Message.MessageBody, text);
  const { Message } = await queue.recvP(5, 1);
  assert.deepEqual([Message.MessageId, Message.MessageBody, Message.DequeueCount], [sent.Message.MessageId, text, '1']);
  const kept = await queue.reserveP(Message.ReceiptHandle, 60);
  await queue.deleteP([kept.ChangeVisibility.ReceiptHandle]);
  await queue.sendP([new Msg('one'), new Msg('two', 16)]);
  const { Messages } = await queue.recvP(5, 16);
  assert.deepEqual(
    Messages.Message.map(({ MessageBody }) => MessageBody),
    ['one', 'two'],
  );
  await queue.deleteP(Messages.Message.map(({ ReceiptHandle }) => ReceiptHandle));
  await assert.rejects(queue.recvP(1, 1), (refused: object) => {
    assert.match(JSON.stringify(refused), /MessageNotExist/);
    return true;
  });
});

test('a topic reaches the queue, by tag', async () => {
  const name = `ali-mns-${randomBytes(6).toString('hex')}`;
  await service.createTopicP(name);
  const topic = new Topic(name, account, region);
  assert.equal((await topic.getAttrsP()).Topic.TopicName, name);
  assert.match((await service.listTopicP(name, 10)).Topics.Topic.TopicURL, new RegExp(`/topics/${name}$`));
  const endpoint = `acs:mns:${target.region}:${target.accountId}:queues/${queueName}`;
  await topic.subscribeP('s', endpoint, 'BACKOFF_RETRY', 'SIMPLIFIED', 'yes');
  const subscription = new Subscription('s', topic);
  await subscription.setAttrsP({ NotifyStrategy: 'EXPONENTIAL_DECAY_RETRY' });
  const { Subscription: told } = await subscription.getAttrsP();
  assert.deepEqual([told.FilterTag, told.NotifyStrategy], ['yes', 'EXPONENTIAL_DECAY_RETRY']);
  assert.match((await topic.listP('', 10)).Subscriptions.Subscription.SubscriptionURL, /\/subscriptions\/s$/);
  await topic.publishP('not for it', true, 'no');
  // In base64, since a receiver of this client takes everything for it.
  await topic.publishP('for it', true, 'yes');
  const queue = new MQBatch(queueName, account, region);
  const { Message } = await queue.recvP(10, 1);
  assert.equal(Message.MessageBody, 'for it');
  await queue.deleteP([Message.ReceiptHandle]);
  await topic.unsubscribeP('s');
  await service.deleteTopicP(name);
});
