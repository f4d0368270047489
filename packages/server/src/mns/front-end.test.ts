import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { mnsErrors, operations, stringToSign } from '@millrace/protocol/mns';
import { pino } from 'pino';
import { AccessService } from '../domain/access/access-service.ts';
import { type KeyRing, rootKey } from '../domain/access/principal.ts';
import { Identities } from '../domain/identities.ts';
import { type Clock, systemClock } from '../domain/ports/clock.ts';
import type { RecordStore } from '../domain/ports/record-store.ts';
import { MessagingAccounts } from '../domain/queues/messaging-accounts.ts';
import { QueueService } from '../domain/queues/queue-service.ts';
import { TopicService } from '../domain/queues/topic-service.ts';
import type { Exchange } from '../http/exchange.ts';
import { Listener } from '../http/listener.ts';
import { openSqliteStore } from '../stores/sqlite/sqlite-record-store.ts';
import { MnsFrontEnd } from './front-end.ts';
import { handlers } from './handlers.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-mns-'));
const key = rootKey('test-key', 'test-secret', '1000000000000001');
const clock: Clock = systemClock;
let records: RecordStore;
let queues: QueueService;
let listener: Listener;
/** Operations that have been begun and not answered yet. */
const underWay = new Set<Exchange>();

interface Call {
  method?: string;
  path: string;
  body?: string | Buffer;
  headers?: Record<string, string>;
  /** Headers to leave out, lower case. */
  without?: string[];
  /** What to sign instead of the path. */
  signedPath?: string;
  secret?: string;
  keyId?: string;
  signal?: AbortSignal;
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  rawNames: string[];
  text: string;
  code: string | undefined;
}

async function call({ method = 'GET', path, body, headers = {}, without = [], ...options }: Call): Promise<Answer> {
  const all: Record<string, string> = {
    date: new Date(clock.now()).toUTCString(),
    'x-mns-version': '2015-06-06',
    ...(body === undefined ? {} : { 'content-type': 'text/xml', 'content-length': String(Buffer.byteLength(body)) }),
    ...headers,
  };
  for (const name of without) delete all[name];
  const text = stringToSign({ method, target: options.signedPath ?? path, headers: all });
  const signature = createHmac('sha1', options.secret ?? key.secret)
    .update(text)
    .digest('base64');
  if (!without.includes('authorization')) all.authorization ??= `MNS ${options.keyId ?? key.id}:${signature}`;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = httpRequest(
    { host: '127.0.0.1', port: listener.port, method, path, headers: all, signal: options.signal },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          rawNames: response.rawHeaders.filter((_, index) => index % 2 === 0),
          text: answer,
          code: /<(?:Code|ErrorCode)>([^<]*)</.exec(answer)?.[1],
        });
      });
    },
  );
  request.on('error', reject);
  request.end(body);
  return promise;
}

const textOf = (answer: Answer, element: string): string =>
  new RegExp(`<${element}>([^<]*)</${element}>`).exec(answer.text)?.[1] ?? '';

const message = (body: string, more = ''): string => `<Message><MessageBody>${body}</MessageBody>${more}</Message>`;

const send = (queue: string, body: string): Promise<Answer> =>
  call({ method: 'POST', path: `/queues/${queue}/messages`, body: message(body) });

let made = 0;
async function newQueue(): Promise<string> {
  made += 1;
  const answer = await call({ method: 'PUT', path: `/queues/q${made}` });
  assert.equal(answer.status, 201);
  return `q${made}`;
}

before(async () => {
  records = await openSqliteStore({ folder });
  const identities = new Identities(clock, { bytes: (count) => randomBytes(count) });
  queues = new QueueService({ records, clock, identities, onFault: assert.ifError });
  const topics = new TopicService({ records, clock, identities });
  const keys: KeyRing = { find: (id) => (id === key.id ? { key } : { fault: 'unknown' }) };
  const access = new AccessService(records.reads);
  const account = new MessagingAccounts({ records, clock });
  const pushCertificate = async (): Promise<string> => 'PEM';
  const frontEnd = new MnsFrontEnd({ queues, topics, account, pushCertificate, keys, access, clock });
  const observed = {
    handle: async (exchange: Exchange) => {
      underWay.add(exchange);
      await frontEnd.handle(exchange);
      underWay.delete(exchange);
    },
  };
  listener = await Listener.open({
    host: '127.0.0.1',
    port: 0,
    frontEnds: { mns: observed, oss: observed, rpc: observed },
    identities,
    clock,
    log: pino({ level: 'silent' }),
  });
});

after(async () => {
  queues.close();
  await listener.close(1000);
  await records.close();
  rmSync(folder, { recursive: true });
});

test('answers with the headers of the vendor, spelt as the vendor spells them', async () => {
  const queue = await newQueue();
  const answer = await call({ path: `/queues/${queue}` });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.server, 'AliyunMQS');
  assert.equal(answer.headers['content-type'], 'text/xml;charset=utf-8');
  assert.equal(answer.headers['x-mns-version'], '2015-06-06');
  assert.match(answer.headers['x-mns-request-id']?.toString() ?? '', /^[0-9A-F]{24}$/);
  for (const name of ['Server', 'Content-Type', 'x-mns-request-id', 'x-mns-version']) {
    assert.ok(answer.rawNames.includes(name), name);
  }
});

test('makes a queue with 201, and again with 204 and no body, both with its Location', async () => {
  const path = '/queues/made-twice';
  for (const status of [201, 204]) {
    const answer = await call({ method: 'PUT', path, body: '<Queue><DelaySeconds>1</DelaySeconds></Queue>' });
    assert.deepEqual([answer.status, answer.text], [status, '']);
    assert.equal(answer.headers.location, `http://127.0.0.1:${listener.port}${path}`);
    assert.ok(answer.rawNames.includes('Location'));
    assert.equal(answer.headers['content-length'], status === 204 ? undefined : '0');
  }
  const other = await call({ method: 'PUT', path });
  assert.deepEqual([other.status, other.code], [409, 'QueueAlreadyExist']);
});

test('tells an error with the request id of the header and the host', async () => {
  const answer = await call({ path: '/queues/nobody' });
  assert.equal(answer.status, 404);
  assert.equal(
    answer.text,
    '<?xml version="1.0" ?>\n<Error xmlns="http://mns.aliyuncs.com/doc/v1">\n  <Code>QueueNotExist</Code>\n' +
      '  <Message>The queue name you provided is not exist.</Message>\n' +
      `  <RequestId>${answer.headers['x-mns-request-id']}</RequestId>\n` +
      `  <HostId>http://127.0.0.1:${listener.port}</HostId>\n</Error>`,
  );
});

const FAR = 16 * 60 * 1000;

const refusals: [string, Partial<Call>, number, string][] = [
  ['without a version', { without: ['x-mns-version'] }, 400, 'MissingVersionHeader'],
  ['of another version', { headers: { 'x-mns-version': '2014-01-01' } }, 400, 'InvalidVersionHeader'],
  ['without a signature', { without: ['authorization'] }, 400, 'MissingAuthorizationHeader'],
  ['with a signature of another shape', { headers: { authorization: 'MNS x' } }, 400, 'InvalidAuthorizationHeader'],
  [
    'signed with the scheme V4 and a wrong secret',
    {
      headers: {
        authorization: `MNS4-HMAC-SHA256 Credential=test-key/20260101/r/mns/aliyun_v4_request,Signature=${'0'.repeat(64)}`,
      },
    },
    403,
    'SignatureDoesNotMatch',
  ],
  ['without a date', { without: ['date'] }, 400, 'MissingDateHeader'],
  ['with a date that is none', { headers: { date: 'yesterday' } }, 400, 'InvalidDateHeader'],
  ['from the past', { headers: { date: new Date(clock.now() - FAR).toUTCString() } }, 408, 'TimeExpired'],
  ['from the future', { headers: { date: new Date(clock.now() + FAR).toUTCString() } }, 408, 'TimeExpired'],
  ['signed with an unknown key', { keyId: 'nobody' }, 403, 'InvalidAccessKeyId'],
  ['signed with a wrong secret', { secret: 'wrong' }, 403, 'SignatureDoesNotMatch'],
  ['changed after signing', { signedPath: '/queues?x=1' }, 403, 'SignatureDoesNotMatch'],
  ['to an unknown path', { path: '/nothing' }, 400, 'InvalidRequestURL'],
  ['with a path that does not decode', { path: '/queues/%ff' }, 400, 'InvalidRequestURL'],
  ['with a query that does not decode', { path: '/queues?x=%zz' }, 400, 'InvalidQueryString'],
  ['with a bad queue name', { path: '/queues/-a', method: 'PUT' }, 400, 'InvalidQueueName'],
  ['with a long queue name', { path: `/queues/${'a'.repeat(257)}`, method: 'PUT' }, 400, 'QueueNameLengthError'],
  ['with a bad topic name', { path: '/topics/a.b', method: 'PUT' }, 400, 'TopicNameInvalid'],
  ['with a page of 0', { headers: { 'x-mns-ret-number': '0' } }, 400, 'InvalidArgument'],
  ['with a marker of its own', { headers: { 'x-mns-marker': 'a' } }, 400, 'InvalidArgument'],
];

for (const [what, options, status, code] of refusals) {
  test(`refuses a request ${what} with ${code}`, async () => {
    const answer = await call({ path: '/queues', ...options });
    assert.deepEqual([answer.status, answer.code], [status, code]);
  });
}

test('reads the date from x-mns-date when there is no Date', async () => {
  const headers = { 'x-mns-date': new Date(clock.now()).toUTCString() };
  assert.equal((await call({ path: '/queues', headers, without: ['date'] })).status, 200);
});

test('takes a path with two leading slashes, signed with either', async () => {
  assert.equal((await call({ path: '//queues' })).status, 200);
  assert.equal((await call({ path: '//queues', signedPath: '/queues' })).status, 200);
});

test('sends, receives and deletes, and reads handles raw, escaped and in any case of the parameter', async () => {
  const queue = await newQueue();
  const messages = `/queues/${queue}/messages`;
  for (const spelling of ['ReceiptHandle', 'receiptHandle', 'RECEIPTHANDLE']) {
    const sent = await send(queue, '<![CDATA[a<b]]>\u{1f600}');
    assert.equal(sent.status, 201);
    assert.equal(textOf(sent, 'MessageBodyMD5'), createHash('md5').update('a<b😀').digest('hex').toUpperCase());
    const received = await call({ path: `${messages}?waitseconds=0` });
    assert.equal(received.status, 200);
    assert.match(received.text, /<MessageBody>a&lt;b😀<\/MessageBody>/);
    const handle = textOf(received, 'ReceiptHandle').replaceAll('-', spelling === 'receiptHandle' ? '%2D' : '-');
    assert.equal((await call({ method: 'DELETE', path: `${messages}?${spelling}=${handle}` })).status, 204);
  }
  const empty = await call({ path: messages });
  assert.deepEqual([empty.status, empty.code], [404, 'MessageNotExist']);
  const bad = await call({ method: 'DELETE', path: `${messages}?ReceiptHandle=1-ODU4+/==` });
  assert.deepEqual([bad.status, bad.code], [400, 'ReceiptHandleError']);
});

test('asks for the parameters that are missing', async () => {
  const path = `/queues/${await newQueue()}/messages`;
  const codes = [
    await call({ method: 'DELETE', path }),
    await call({ method: 'PUT', path: `${path}?VisibilityTimeout=1` }),
    await call({ method: 'PUT', path: `${path}?ReceiptHandle=x` }),
    await call({ path: `${path}?waitseconds=31` }),
    await call({ path: `${path}?numOfMessages=17` }),
  ].map((answer) => answer.code);
  assert.deepEqual(codes, [
    'MissingReceiptHandle',
    'MissingReceiptHandle',
    'MissingVisibilityTimeout',
    'InvalidArgument',
    'InvalidArgument',
  ]);
});

test('sends and deletes in batches, telling what failed', async () => {
  const queue = await newQueue();
  const path = `/queues/${queue}/messages`;
  const sent = await call({
    method: 'POST',
    path,
    body: `<Messages>${message('a')}${message('x'.repeat(65_537))}${message('b')}</Messages>`,
  });
  assert.equal(sent.status, 500);
  assert.deepEqual(sent.text.match(/<(MessageId|ErrorCode)>/g), ['<MessageId>', '<ErrorCode>', '<MessageId>']);
  const received = await call({ path: `${path}?numOfMessages=16` });
  const handles = [...received.text.matchAll(/<ReceiptHandle>([^<]*)/g)].map((match) => match[1] ?? '');
  assert.equal(handles.length, 2);
  const body = `<ReceiptHandles>${[...handles, 'bad'].map((h) => `<ReceiptHandle>${h}</ReceiptHandle>`).join('')}</ReceiptHandles>`;
  const first = await call({ method: 'DELETE', path, body });
  assert.deepEqual([first.status, first.code, textOf(first, 'ReceiptHandle')], [404, 'ReceiptHandleError', 'bad']);
  const again = await call({ method: 'DELETE', path, body });
  assert.equal(again.text.match(/<ErrorCode>MessageNotExist</g)?.length, 2);
});

test('accepts Content-MD5 in each of its three forms, and refuses another digest', async () => {
  const queue = await newQueue();
  const body = message('digest');
  const digest = createHash('md5').update(body).digest();
  const hex = digest.toString('hex');
  const forms = [hex, digest.toString('base64'), Buffer.from(hex).toString('base64')];
  const path = `/queues/${queue}/messages`;
  for (const form of forms) {
    assert.equal((await call({ method: 'POST', path, body, headers: { 'content-md5': form } })).status, 201, form);
  }
  const wrong = await call({ method: 'POST', path, body, headers: { 'content-md5': '0'.repeat(32) } });
  assert.deepEqual([wrong.status, wrong.code], [400, 'InvalidDegist']);
});

test('refuses bodies that are no XML, of another kind, or dangerous, and stays up', async () => {
  const path = `/queues/${await newQueue()}/messages`;
  const bombs: [string | Buffer, string][] = [
    ['', 'MalformedXML'],
    ['not xml', 'MalformedXML'],
    ['<Message><MessageBody>a</Message>', 'MalformedXML'],
    ['<Queue/>', 'MalformedXML'],
    ['<!DOCTYPE a [<!ENTITY b "c">]><Message><MessageBody>&b;</MessageBody></Message>', 'MalformedXML'],
    [Buffer.from([0x3c, 0xff, 0x3e]), 'MalformedXML'],
    ['<a>'.repeat(50_000), 'MalformedXML'],
    [message('&#0;'), 'MalformedXML'],
    [message(''), 'InvalidArgument'],
    ['<Message/>', 'InvalidArgument'],
    [message('a', '<UserProperties><PropertyValue/></UserProperties>'), 'InvalidArgument'],
    [Buffer.alloc(8 * 1024 * 1024 + 1, 0x20), 'InvalidArgument'],
  ];
  for (const [body, code] of bombs) {
    const answer = await call({ method: 'POST', path, body });
    assert.equal(answer.code, code, body.toString('utf8').slice(0, 60));
  }
  assert.equal((await call({ path: '/queues' })).status, 200);
});

test('drops a waiting receiver whose client has gone, and keeps nothing for it', async () => {
  const queue = await newQueue();
  const path = `/queues/${queue}/messages?waitseconds=30`;
  const controller = new AbortController();
  const before = underWay.size;
  const gone = call({ path, signal: controller.signal });
  while (underWay.size === before) await setImmediate();
  controller.abort();
  await assert.rejects(gone);
  while (underWay.size > before) await setImmediate();
  await send(queue, 'a');
  const received = await call({ path });
  assert.equal(textOf(received, 'DequeueCount'), '1');
});

test('answers a waiting receiver as soon as there is a message, or when the queue is deleted', async () => {
  const queue = await newQueue();
  const path = `/queues/${queue}/messages?waitseconds=30`;
  const received = call({ path });
  await send(queue, 'a');
  assert.equal(textOf(await received, 'MessageBody'), 'a');
  const before = underWay.size;
  const told = call({ path });
  while (underWay.size === before) await setImmediate();
  await call({ method: 'DELETE', path: `/queues/${queue}` });
  assert.equal((await told).code, 'QueueNotExist');
});

test('subscribes queues, and says of other endpoints that it cannot', async () => {
  const queue = await newQueue();
  assert.equal((await call({ method: 'PUT', path: '/topics/t' })).status, 201);
  const subscribe = (endpoint: string) =>
    call({
      method: 'PUT',
      path: '/topics/t/subscriptions/s',
      body: `<Subscription><Endpoint>${endpoint}</Endpoint><NotifyContentFormat>SIMPLIFIED</NotifyContentFormat></Subscription>`,
    });
  for (const endpoint of ['ftp://127.0.0.1/x', 'mail:directmail:a', 'queues/q', 'http://']) {
    assert.equal((await subscribe(endpoint)).code, 'EndpointInvalid', endpoint);
  }
  assert.equal((await subscribe(`acs:mns:cn:127:queues/${queue}`)).status, 201);
  assert.equal((await subscribe(`acs:mns:cn:127:queues/${queue}`)).status, 204);
  const body = '<Message><MessageBody>news</MessageBody></Message>';
  assert.equal((await call({ method: 'POST', path: '/topics/t/messages', body })).status, 201);
  assert.equal(textOf(await call({ path: `/queues/${queue}/messages` }), 'MessageBody'), 'news');
  assert.equal((await call({ method: 'DELETE', path: '/topics/t' })).status, 204);
  assert.equal((await call({ path: '/topics/t/subscriptions/s' })).code, 'TopicNotExist');
});

test('lists in pages, and with attributes when asked', async () => {
  for (const name of ['list-a', 'list-b', 'list-c']) await call({ method: 'PUT', path: `/queues/${name}` });
  const list = (headers: Record<string, string>) =>
    call({ path: '/queues', headers: { 'x-mns-prefix': 'list-', ...headers } });
  const first = await list({ 'x-mns-ret-number': '2' });
  assert.equal(first.text.match(/<QueueURL>/g)?.length, 2);
  const rest = await list({ 'x-mns-marker': textOf(first, 'NextMarker'), 'x-mns-with-meta': 'true' });
  assert.match(rest.text, /\/queues\/list-c<\/QueueURL>\n {4}<QueueName>list-c</);
  assert.doesNotMatch(rest.text, /NextMarker/);
  const none = await call({ path: '/queues', headers: { 'x-mns-prefix': 'none-' } });
  assert.match(none.text, /<Queues xmlns="[^"]+"\/>$/);
});

test('does every operation that is declared', () => {
  const missing = operations.filter((operation) => !handlers.has(operation.name)).map((operation) => operation.name);
  assert.deepEqual(missing, []);
});

test('answers errors with statuses that clients take for errors', () => {
  for (const [code, { status }] of Object.entries(mnsErrors)) assert.ok(status >= 400 && status < 600, code);
});
