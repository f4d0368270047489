/** Every error code that the vendor documents for MNS, and a request that is answered with it. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type Keys, mns, type SignedRequest } from '@millrace/testkit';
import { openTarget, type Target } from './server.ts';
import { commonParameters, ram, rpcPath, signParameters } from './sign-rpc.ts';

let target: Target;
let close: () => Promise<void>;
const run = randomBytes(5).toString('hex');
const [queue, topic, user] = [`q-${run}`, `t-${run}`, `u-${run}`];
const messages = `/queues/${queue}/messages`;
const subscription = `/topics/${topic}/subscriptions/s`;
const endpoint = 'http://127.0.0.1:9/';
/** Keys of a user that may do nothing. */
let powerless: Keys;

interface Seen {
  status: number;
  code: string | undefined;
  text: string;
}

const codeIn = (text: string): string | undefined => /<(?:Code|ErrorCode)>([^<]*)</.exec(text)?.[1];

async function ask(request: Partial<SignedRequest> & { path: string }, keys: Keys = target): Promise<Seen> {
  const { status, text } = await mns(keys, { method: 'GET', ...request });
  return { status, text, code: codeIn(text) };
}

/** With exactly these headers. */
async function bare(headers: Record<string, string>, path = '/queues'): Promise<Seen> {
  const answer = await fetch(target.endpoint + path, { headers });
  const text = await answer.text();
  return { status: answer.status, text, code: codeIn(text) };
}

const message = (body: string, more = ''): string => `<Message><MessageBody>${body}</MessageBody>${more}</Message>`;
const send = (body: string): Promise<Seen> => ask({ method: 'POST', path: messages, body });
const put = (path: string, body?: string): Promise<Seen> =>
  ask({ method: 'PUT', path, ...(body === undefined ? {} : { body }) });
const handle = async (): Promise<string> => {
  assert.equal((await send(message('held', '<Priority>1</Priority>'))).status, 201);
  const { text } = await ask({ path: messages });
  return /<ReceiptHandle>([^<]*)</.exec(text)?.[1] ?? '';
};

before(async () => {
  ({ target, close } = await openTarget());
  for (const [path, body] of [
    [`/queues/${queue}`, '<Queue><VisibilityTimeout>60</VisibilityTimeout></Queue>'],
    [`/topics/${topic}`, '<Topic/>'],
    [subscription, `<Subscription><Endpoint>${endpoint}</Endpoint></Subscription>`],
  ] as const) {
    assert.equal((await put(path, body)).status, 201, path);
  }
  await ram(target, 'CreateUser', { UserName: user });
  const { AccessKey } = (await ram(target, 'CreateAccessKey', { UserName: user })) as {
    AccessKey: { AccessKeyId: string; AccessKeySecret: string };
  };
  const { endpoint: where } = target;
  powerless = { endpoint: where, accessKeyId: AccessKey.AccessKeyId, accessKeySecret: AccessKey.AccessKeySecret };
});

after(async () => {
  await ask({ method: 'DELETE', path: `/topics/${topic}` });
  await ask({ method: 'DELETE', path: `/queues/${queue}` });
  await ram(target, 'DeleteAccessKey', { UserName: user, UserAccessKeyId: powerless.accessKeyId });
  await ram(target, 'DeleteUser', { UserName: user });
  await close();
});

const version = { 'x-mns-version': '2015-06-06' };
const date = { 'x-mns-date': new Date().toUTCString() };
const signed = { authorization: 'MNS nobody:AAAA' };
const long = 'a'.repeat(257);

/** The limit of receives is the control plane's to set. */
async function receiveTooOften(): Promise<Seen> {
  const name = `slow-${run}`;
  const control = (Action: string, more: Record<string, string>): Promise<Response> => {
    const parameters = commonParameters(target, { Action, Version: '2022-01-19', QueueName: name, ...more });
    return fetch(`${target.endpoint}${rpcPath(signParameters(target, parameters))}`);
  };
  const limit = JSON.stringify({ Enabled: true, MaxReceivesPerSecond: 1 });
  assert.equal((await control('CreateQueue', { TenantRateLimitPolicy: limit })).status, 200);
  try {
    for (let tries = 0; tries < 100; tries += 1) {
      const seen = await ask({ path: `/queues/${name}/messages` });
      if (seen.code !== 'MessageNotExist') return seen;
    }
    throw new Error('a hundred receives were let through');
  } finally {
    await control('DeleteQueue', {});
  }
}

const provoked: readonly [code: string, status: number, provoke: () => Promise<Seen>][] = [
  ['AccessDenied', 403, () => ask({ path: `/queues/${queue}` }, powerless)],
  ['InvalidAccessKeyId', 403, () => bare({ ...version, ...date, ...signed })],
  ['SignatureDoesNotMatch', 403, () => ask({ path: '/queues' }, { ...powerless, accessKeySecret: 'wrong' })],
  ['InvalidAuthorizationHeader', 400, () => bare({ ...version, ...date, authorization: 'MNS nobody' })],
  ['MissingAuthorizationHeader', 400, () => bare({ ...version, ...date })],
  ['MissingDateHeader', 400, () => bare({ ...version, ...signed })],
  ['InvalidDateHeader', 400, () => bare({ ...version, ...signed, 'x-mns-date': 'yesterday' })],
  ['MissingVersionHeader', 400, () => bare({ ...date, ...signed })],
  ['InvalidVersionHeader', 400, () => bare({ ...date, ...signed, 'x-mns-version': '2014-01-01' })],
  ['TimeExpired', 408, () => bare({ ...version, ...signed, 'x-mns-date': new Date(0).toUTCString() })],
  ['InvalidArgument', 400, () => ask({ path: messages, query: { waitseconds: '31' } })],
  ['InvalidDegist', 400, () => ask({ path: '/queues', headers: { 'content-md5': 'AAAA' } })],
  ['InvalidRequestURL', 400, () => ask({ path: '/nothing' })],
  ['InvalidQueryString', 400, () => ask({ path: '/queues?a=%zz' })],
  ['MalformedXML', 400, () => send('<Message>')],
  ['MissingReceiptHandle', 400, () => ask({ method: 'DELETE', path: messages })],
  [
    'MissingVisibilityTimeout',
    400,
    async () => ask({ method: 'PUT', path: messages, query: { ReceiptHandle: await handle() } }),
  ],
  ['ReceiptHandleError', 400, () => ask({ method: 'DELETE', path: messages, query: { ReceiptHandle: 'none' } })],
  [
    'MessageNotExist',
    404,
    async () => {
      const query = { ReceiptHandle: await handle() };
      assert.equal((await ask({ method: 'DELETE', path: messages, query })).status, 204);
      return ask({ method: 'DELETE', path: messages, query });
    },
  ],
  ['QueueNotExist', 404, () => ask({ path: `/queues/absent-${run}` })],
  ['QueueAlreadyExist', 409, () => put(`/queues/${queue}`)],
  ['InvalidQueueName', 400, () => put('/queues/-a')],
  ['QueueNameLengthError', 400, () => put(`/queues/${long}`)],
  ['TopicNotExist', 404, () => ask({ path: `/topics/absent-${run}` })],
  [
    'TopicAlreadyExist',
    409,
    () => put(`/topics/${topic}`, '<Topic><MaximumMessageSize>1024</MaximumMessageSize></Topic>'),
  ],
  ['TopicNameInvalid', 400, () => put('/topics/a.b')],
  ['TopicNameLengthError', 400, () => put(`/topics/${long}`)],
  ['SubscriptionNotExist', 404, () => ask({ path: `/topics/${topic}/subscriptions/absent` })],
  [
    'SubscriptionAlreadyExist',
    409,
    () => put(subscription, `<Subscription><Endpoint>${endpoint}other</Endpoint></Subscription>`),
  ],
  ['SubsriptionNameInvalid', 400, () => put(`/topics/${topic}/subscriptions/-a`)],
  ['SubsriptionNameLengthError', 400, () => put(`/topics/${topic}/subscriptions/${long}`)],
  [
    'EndpointInvalid',
    400,
    () => put(`/topics/${topic}/subscriptions/x`, '<Subscription><Endpoint>ftp://a/</Endpoint></Subscription>'),
  ],
  ['QpsLimitExceeded', 400, receiveTooOften],
];

for (const [code, status, provoke] of provoked) {
  test(`${code} is provoked`, async () => {
    const seen = await provoke();
    assert.deepEqual([seen.code, seen.status], [code, status], seen.text);
  });
}

test('a message that is too large, empty, or one of seventeen is refused with the documented code', async () => {
  for (const [body, code] of [
    [message('x'.repeat(65_537)), 'InvalidArgument'],
    [message(''), 'InvalidArgument'],
    [`<Messages>${message('a').repeat(17)}</Messages>`, 'InvalidArgument'],
    ['<Messages></Messages>', 'InvalidArgument'],
    [message('a', '<DelaySeconds>604801</DelaySeconds>'), 'InvalidArgument'],
    [message('a', '<Priority>17</Priority>'), 'InvalidArgument'],
    [message('a&b'), 'MalformedXML'],
    [message('\u0001'), 'MalformedXML'],
  ] as const) {
    assert.equal((await send(body)).code, code, body.slice(0, 80));
  }
  // What nobody knows is passed over.
  assert.equal((await send(message('a', '<Unknown>1</Unknown>'))).status, 201);
});
