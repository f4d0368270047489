import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { imm2020 } from '@millrace/protocol/imm';
import { stringToSignV1 } from '@millrace/protocol/rpc';
import { sts } from '@millrace/protocol/sts';
import { pino } from 'pino';
import { AccessService } from '../domain/access/access-service.ts';
import { rootKey } from '../domain/access/principal.ts';
import { Identities } from '../domain/identities.ts';
import { systemClock } from '../domain/ports/clock.ts';
import { systemRandom } from '../domain/ports/random.ts';
import type { Reads } from '../domain/ports/record-store.ts';
import { Listener } from '../http/listener.ts';
import { RpcFrontEnd } from './front-end.ts';
import { NonceMemory } from './nonce-memory.ts';

const key = rootKey('testid', 'testsecret', '1001');
const operations: string[] = [];
let listener: Listener;
let nonce = 0;

before(async () => {
  const frontEnd = new RpcFrontEnd({
    // An answer of every kind of value; what is asked is not looked at.
    products: [
      {
        service: sts,
        handlers: sts.operations.map((operation) => ({
          operation,
          run: async () => ({ Flag: true, Count: 1, List: { Item: ['a&b', 'c'] }, Nothing: undefined }),
        })),
      },
      { service: imm2020, handlers: [] },
    ],
    keys: { find: (id) => (id === key.id ? { key } : { fault: 'unknown' }) },
    // The account's own requests are decided without records.
    access: new AccessService({} as Reads),
    clock: systemClock,
  });
  listener = await Listener.open({
    host: '127.0.0.1',
    port: 0,
    frontEnds: { oss: frontEnd, mns: frontEnd, rpc: frontEnd },
    identities: new Identities(systemClock, systemRandom()),
    clock: systemClock,
    log: pino({ enabled: false }),
    observer: { began: () => undefined, ended: ({ operation }) => operations.push(operation) },
  });
});

after(() => listener.close(0));

async function ask(
  method: 'GET' | 'POST',
  more: Record<string, string>,
): Promise<{ status: number; type: string; text: string }> {
  nonce += 1;
  const parameters = new Map(
    Object.entries({
      AccessKeyId: key.id,
      SignatureMethod: 'HMAC-SHA1',
      SignatureVersion: '1.0',
      SignatureNonce: String(nonce),
      Timestamp: new Date().toISOString(),
      Action: 'GetCallerIdentity',
      Version: '2015-04-01',
      ...more,
    }),
  );
  const signature = createHmac('sha1', `${key.secret}&`).update(stringToSignV1(method, parameters)).digest('base64');
  const text = new URLSearchParams([...parameters, ['Signature', signature]]);
  const url = `http://127.0.0.1:${listener.port}/`;
  const answer = method === 'GET' ? await fetch(`${url}?${text}`) : await fetch(url, { method, body: text });
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text() };
}

test('answers in the form that was asked for, whether parameters come in the query or in a form', async () => {
  for (const method of ['GET', 'POST'] as const) {
    const json = await ask(method, { Format: 'json' });
    assert.equal(json.type, 'application/json;charset=utf-8');
    const { RequestId, ...said } = JSON.parse(json.text);
    assert.match(RequestId, /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
    assert.deepEqual(said, { Flag: true, Count: 1, List: { Item: ['a&b', 'c'] } });
    const xml = await ask(method, { Format: 'XML' });
    assert.equal(xml.type, 'text/xml;charset=utf-8');
    assert.match(xml.text, /<Flag>true<\/Flag><Count>1<\/Count><List><Item>a&amp;b<\/Item><Item>c<\/Item><\/List>/);
  }
});

test('names only actions that are served in metrics, and says what is not', async () => {
  operations.length = 0;
  const codes: string[] = [];
  for (const [Version, Action] of [
    ['2015-04-01', 'AssumeRoleWithSAML'],
    ['2015-04-01', 'MakeCoffee'],
    ['2020-09-30', 'GetDRMLicense'],
    ['2020-09-30', 'DetectImageFaces'],
    ['1999-01-01', 'GetCallerIdentity'],
  ] as const) {
    codes.push(JSON.parse((await ask('GET', { Version, Action, Format: 'JSON' })).text).Code);
  }
  assert.deepEqual(codes, [
    ...['NotImplemented', 'InvalidAction.NotFound', 'NotImplemented', 'UnsupportedOperation', 'InvalidVersion'],
  ]);
  assert.deepEqual([...new Set(operations)].sort(), ['', 'NotImplemented']);
});

test('a mismatch tells the string to sign, after a colon, and in the form of the error', async () => {
  const parameters = new URLSearchParams({
    ...{ Action: 'GetCallerIdentity', Version: '2015-04-01', Format: 'XML', AccessKeyId: key.id, SignatureNonce: 'x' },
    ...{ Timestamp: new Date().toISOString(), Signature: 'anVuaw==' },
  });
  const answer = await fetch(`http://127.0.0.1:${listener.port}/?${parameters}`);
  const text = await answer.text();
  assert.equal(answer.status, 400);
  assert.match(
    text,
    /<Error><RequestId>.*<HostId>.*<Code>SignatureDoesNotMatch<\/Code><Message>[^:]*:GET&amp;%2F&amp;/,
  );
});

test('rubbish is refused and the listener goes on', async () => {
  const url = `http://127.0.0.1:${listener.port}`;
  for (const [path, init] of [
    ['/?Action=&Version=', {}],
    ['/?Action=%FF%FE&Version=%00', {}],
    ['/', { method: 'DELETE', headers: { 'x-acs-action': 'X' } }],
    ['/', { method: 'POST', headers: { authorization: 'ACS3-HMAC-SHA256 Credential=,SignedHeaders=,Signature=' } }],
    [
      '/',
      {
        method: 'POST',
        headers: { authorization: 'ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host,Signature=a' },
      },
    ],
    ['/', { method: 'POST', body: new URLSearchParams({ Action: 'x'.repeat(2_000_000) }) }],
  ] as const) {
    const answer = await fetch(`${url}${path}`, init);
    assert.ok(answer.status >= 400 && answer.status < 500, `${path} ${answer.status}`);
    assert.match(await answer.text(), /Code/);
  }
  assert.equal((await ask('GET', {})).status, 200);
});

test('a nonce is remembered for its life, and forgotten after twice of it', () => {
  const memory = new NonceMemory(1000);
  assert.ok(memory.use('a', 0));
  assert.ok(!memory.use('a', 999));
  assert.ok(!memory.use('a', 1500));
  assert.ok(memory.use('a', 4000));
});
