// proves mns: SendMessage, BatchReceiveMessage, PeekMessage, PublishMessage

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { mns } from '@millrace/testkit';
import { openTarget, type Target } from './server.ts';

let target: Target;
let close: () => Promise<void>;

before(async () => {
  ({ target, close } = await openTarget());
});

const made: string[] = [];
after(async () => {
  for (const path of made) await mns(target, { method: 'DELETE', path });
  await close();
});

async function make(path: string, body: string): Promise<void> {
  const { status, text } = await mns(target, { method: 'PUT', path, body });
  assert.equal(status, 201, text);
  made.push(path);
}

const property = (name: string, value: string, type = 'STRING') =>
  `<PropertyValue><Name>${name}</Name><Value>${value}</Value><Type>${type}</Type></PropertyValue>`;
const fresh = (kind: string) => `${kind}-${randomBytes(6).toString('hex')}`;

test('properties come along to receivers, and from a topic to its queues', async () => {
  const [queue, topic] = [fresh('queue'), fresh('topic')];
  await make(`/queues/${queue}`, '<Queue/>');
  await make(`/topics/${topic}`, '<Topic/>');
  const endpoint = `acs:mns:${target.region}:${target.accountId}:queues/${queue}`;
  await make(
    `/topics/${topic}/subscriptions/s`,
    `<Subscription><Endpoint>${endpoint}</Endpoint><NotifyContentFormat>SIMPLIFIED</NotifyContentFormat></Subscription>`,
  );
  const user = `<UserProperties>${property('a.b', '值')}${property('n', '1.5', 'NUMBER')}</UserProperties>`;
  const trace =
    '<SystemProperties><SystemPropertyValue><Name>traceparent</Name><Value>00-1</Value><Type>STRING</Type></SystemPropertyValue></SystemProperties>';
  const body = `<Message><MessageBody>x</MessageBody>${user}${trace}<MessageGroupId>g</MessageGroupId></Message>`;
  for (const path of [`/queues/${queue}/messages`, `/topics/${topic}/messages`]) {
    assert.equal((await mns(target, { method: 'POST', path, body })).status, 201);
  }
  const path = `/queues/${queue}/messages`;
  const peeked = await mns(target, { method: 'GET', path, query: { peekonly: 'true' } });
  const received = await mns(target, { method: 'GET', path, query: { numOfMessages: '2' } });
  const expected =
    /<UserProperties>\n *<PropertyValue>\n *<Name>a\.b<\/Name>\n *<Value>值<\/Value>\n *<Type>STRING<\/Type>/g;
  assert.match(peeked.text, /<MessageGroupId>g</);
  assert.equal(received.text.match(expected)?.length, 2);
  assert.equal(received.text.match(/<Name>traceparent</g)?.length, 2);
});

test('properties that are not as they should be are refused', async () => {
  const queue = fresh('queue');
  await make(`/queues/${queue}`, '<Queue/>');
  const refused = [
    `<UserProperties>${property('.a', 'b')}</UserProperties>`,
    `<UserProperties>${property('a', 'b', 'NUMBER')}</UserProperties>`,
    `<UserProperties>${property('a', 'b!', 'BINARY')}</UserProperties>`,
    `<UserProperties>${property('a', 'b', 'OTHER')}</UserProperties>`,
    `<UserProperties>${property('a', 'b'.repeat(4097))}</UserProperties>`,
    `<UserProperties>${Array.from({ length: 51 }, (_, n) => property(`p${n}`, 'v')).join('')}</UserProperties>`,
    '<SystemProperties><SystemPropertyValue><Name>mine</Name><Value>v</Value></SystemPropertyValue></SystemProperties>',
  ];
  for (const properties of refused) {
    const body = `<Message><MessageBody>x</MessageBody>${properties}</Message>`;
    const { status, text } = await mns(target, { method: 'POST', path: `/queues/${queue}/messages`, body });
    assert.equal(status, 400, properties.slice(0, 80));
    assert.match(text, /<Code>InvalidArgument</);
  }
});

test('a message received too often wakes whoever waits for dead letters', async () => {
  const [queue, dead] = [fresh('queue'), fresh('dead')];
  await make(`/queues/${dead}`, '<Queue/>');
  const policy = `<DlqPolicy><DeadLetterTargetQueue>${dead}</DeadLetterTargetQueue><MaxReceiveCount>1</MaxReceiveCount></DlqPolicy>`;
  await make(`/queues/${queue}`, `<Queue><VisibilityTimeout>1</VisibilityTimeout>${policy}</Queue>`);
  const told = await mns(target, { method: 'GET', path: `/queues/${queue}` });
  assert.match(told.text, /<DlqPolicy>\n {4}<Enabled>True</);
  const body = '<Message><MessageBody>poison</MessageBody></Message>';
  await mns(target, { method: 'POST', path: `/queues/${queue}/messages`, body });
  await mns(target, { method: 'GET', path: `/queues/${queue}/messages` });
  const query = { waitseconds: '10' };
  const letter = await mns(target, { method: 'GET', path: `/queues/${dead}/messages`, query });
  assert.equal(letter.status, 200);
  assert.match(letter.text, /<Name>DLQMessageType<\/Name>\n *<Value>QUEUE</);
  const itself = `<Queue><DlqPolicy><DeadLetterTargetQueue>${queue}</DeadLetterTargetQueue></DlqPolicy></Queue>`;
  const refused = await mns(target, {
    method: 'PUT',
    path: `/queues/${queue}`,
    query: { metaoverride: 'true' },
    body: itself,
  });
  assert.equal(refused.status, 400);
});
