/**
 * Every route of the declarations, each with every way of not being signed: nothing of it may be done. Made from the
 * lists of operations, so that a new one is covered as soon as it is declared.
 */
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { operations as mnsOperations } from '@millrace/protocol/mns';
import { type Operation, operations as ossOperations } from '@millrace/protocol/oss';
import { ram } from '@millrace/protocol/ram';
import { sts } from '@millrace/protocol/sts';
import { mns, oss } from '@millrace/testkit';
import { openTarget, type Target } from './server.ts';
import { commonParameters, rpcPath, signParameters } from './sign-rpc.ts';
import { presigned, type Query, queryText, signedHeaders } from './sign-v4.ts';

let target: Target;
let close: () => Promise<void>;
/** Private, and with one object in it. */
const bucket = `routes-${randomBytes(6).toString('hex')}`;
const queue = `routes-${randomBytes(6).toString('hex')}`;

before(async () => {
  ({ target, close } = await openTarget());
  await oss(target, { method: 'PUT', path: `/${bucket}/`, body: '' });
  await oss(target, { method: 'PUT', path: `/${bucket}/key`, body: 'still here' });
  await mns(target, { method: 'PUT', path: `/queues/${queue}`, body: '<Queue/>' });
});

after(async () => {
  await close();
});

interface Sent {
  method: string;
  path: string;
  query: Query;
  headers: Record<string, string>;
  body: string;
}

interface Answer {
  status: number;
  text: string;
  code: string | undefined;
}

function send({ method, path, query, headers, body }: Sent): Promise<Answer> {
  const { hostname, port } = new URL(target.endpoint);
  const whole = query.length === 0 ? path : `${path}?${queryText(query)}`;
  return new Promise((resolve, reject) => {
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const request = httpRequest(
      { hostname, port, method, path: whole, headers: { ...headers, ...length }, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', () => {
          // An answer to HEAD says what is wrong in a header.
          const said = text || Buffer.from(String(response.headers['x-oss-err'] ?? ''), 'base64').toString();
          const code = /<Code>([^<]*)<\/Code>/.exec(said)?.[1] ?? /"Code":"([^"]*)"/.exec(said)?.[1];
          resolve({ status: response.statusCode ?? 0, text: said, code });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** A request that means an operation of OSS: its method, and what selects it in query and headers. */
function ossRequest(operation: Operation): Sent {
  const [method = 'GET'] = operation.methods;
  const paths = { service: '/', bucket: `/${bucket}/`, object: `/${bucket}/key` };
  const query: Query = [];
  const headers: Record<string, string> = {};
  for (const condition of operation.select) {
    const [name = '', value = ''] = condition.replace(/^@/, '').split('=');
    if (condition.startsWith('@')) headers[name] = value || (name === 'x-oss-copy-source' ? `/${bucket}/key` : 'x');
    else query.push([name, value]);
  }
  // What has to be there lets a request get as far as it can.
  for (const field of Object.values(operation.input)) {
    if ((field.place !== 'query' && field.place !== 'header') || !field.required) continue;
    if (field.place === 'query' && !query.some(([name]) => name === field.wireName)) query.push([field.wireName, '1']);
    if (field.place === 'header') headers[field.wireName] ??= 'x';
  }
  return {
    method,
    path: paths[operation.level],
    query,
    headers,
    body: bodyOf(operation, method),
  };
}

/** Of what names objects in its body, the right to each is asked for once that could be read. */
function bodyOf({ perObject }: Operation, method: string): string {
  if (perObject) return '<Delete><Object><Key>key</Key></Object></Delete>';
  return method === 'PUT' || method === 'POST' ? 'x' : '';
}

const withQuery = (request: Sent, query: Query): Sent => ({ ...request, query });
const withHeaders = (request: Sent, headers: Record<string, string>): Sent => ({
  ...request,
  headers: { ...request.headers, ...headers },
});

/** Signed as it should be, in headers. */
const signed = (request: Sent): Sent => ({
  ...request,
  headers: signedHeaders(target, request.method, request.path, request.query, request.headers),
});

/** Headers that a URL's signature does not cover are left out: with them it would be wrong in any case. */
const signedUrl = (request: Sent): Sent => ({
  ...request,
  headers: {},
  query: presigned(target, request.method, request.path, request.query),
});

const replaced = (request: Sent, name: string, change: (value: string) => string): Sent =>
  withQuery(
    request,
    request.query.map(([other, value]) => [other, other === name ? change(value) : value]),
  );

const without = (request: Sent, ...names: string[]): Sent =>
  withQuery(
    request,
    request.query.filter(([name]) => !names.includes(name)),
  );

const wrong = (signature: string): string => signature.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));

const past = (days: number): string =>
  new Date(Date.now() - days * 86_400_000).toISOString().replace(/[-:]|\.\d+/g, '');

/** The ways, each with the codes that the vendor answers. */
const ways: Record<string, (request: Sent) => [request: Sent, codes: string[]]> = {
  'without a signature': (request) => [request, ['AccessDenied']],
  'with a wrong signature': (request) => {
    const { headers } = signed(request);
    const authorization = headers.Authorization?.replace(/(?<=Signature=)./, wrong) ?? '';
    return [{ ...request, headers: { ...headers, Authorization: authorization } }, ['SignatureDoesNotMatch']];
  },
  'with the right key id and junk': (request) => [
    withHeaders(request, { Authorization: `OSS ${target.accessKeyId}:anVuaw==`, date: new Date().toUTCString() }),
    ['SignatureDoesNotMatch'],
  ],
  'with a key id that nobody has': (request) => [
    withHeaders(request, { Authorization: 'OSS nobody:anVuaw==', date: new Date().toUTCString() }),
    ['InvalidAccessKeyId'],
  ],
  'signed in headers and query at once': (request) => [
    { ...signed(request), query: signedUrl(request).query },
    // "Header and URL signature together: 400 InvalidArgument."
    ['InvalidArgument'],
  ],
  'signed long ago': (request) => {
    const date = new Date(Date.now() - 3_600_000).toUTCString();
    const authorization = `OSS ${target.accessKeyId}:anVuaw==`;
    return [withHeaders(request, { Authorization: authorization, date }), ['RequestTimeTooSkewed']];
  },
  'by a URL that has expired': (request) => {
    const url = signedUrl(request);
    const old = past(2);
    const stale = replaced(url, 'x-oss-date', () => old);
    return [replaced(stale, 'x-oss-credential', (value) => value.replace(/\d{8}/, old.slice(0, 8))), ['AccessDenied']];
  },
  'by a URL whose signature was changed': (request) => [
    replaced(signedUrl(request), 'x-oss-signature', wrong),
    ['SignatureDoesNotMatch'],
  ],
  // A URL that is incomplete is malformed, says the vendor, and not forbidden.
  'by a URL without its signature': (request) => [without(signedUrl(request), 'x-oss-signature'), ['InvalidArgument']],
  'by a URL without its time': (request) => [without(signedUrl(request), 'x-oss-expires'), ['InvalidArgument']],
  'by a URL of version 1 without its signature': (request) => [
    withQuery(request, [...request.query, ['OSSAccessKeyId', target.accessKeyId], ['Expires', '9999999999']]),
    ['AccessDenied'],
  ],
  'by a URL without what selects the operation': (request) => {
    const [first] = request.query;
    const url = signedUrl(request);
    return [first ? without(url, first[0]) : withQuery(url, [...url.query, ['acl', '']]), ['SignatureDoesNotMatch']];
  },
};

for (const [way, make] of Object.entries(ways)) {
  test(`no operation of OSS is done ${way}`, async () => {
    for (const operation of ossOperations) {
      // Forms are signed inside: see below.
      if (operation.open || operation.signedIn === 'form') continue;
      const [request, codes] = make(ossRequest(operation));
      const answer = await send(request);
      const said = `${operation.name} ${way}: ${answer.status} ${answer.text.slice(0, 300)}`;
      if (!operation.implemented && codes[0] === 'AccessDenied' && way === 'without a signature') {
        // There is nothing behind it to be protected.
        assert.ok(answer.status >= 400, said);
        continue;
      }
      assert.ok(answer.code !== undefined && codes.includes(answer.code), said);
      assert.equal(answer.status, codes.includes('InvalidArgument') ? 400 : 403, said);
    }
  });
}

test('no form is taken unsigned, or signed wrongly, late or in part', async () => {
  const until = (ms: number): string => {
    const expiration = new Date(Date.now() + ms).toISOString();
    return Buffer.from(JSON.stringify({ expiration, conditions: [{ bucket }] })).toString('base64');
  };
  const sign = (policy: string): Record<string, string> => {
    const Signature = createHmac('sha1', target.accessKeySecret).update(policy).digest('base64');
    return { OSSAccessKeyId: target.accessKeyId, policy, Signature };
  };
  const good = sign(until(60_000));
  const cases: [what: string, fields: Record<string, string>, status: number, code: string][] = [
    ['unsigned', {}, 403, 'AccessDenied'],
    ['junk', { ...good, Signature: 'anVuaw==' }, 403, 'SignatureDoesNotMatch'],
    ['unknown key', { ...good, OSSAccessKeyId: 'nobody' }, 403, 'InvalidAccessKeyId'],
    ['another policy', { ...good, policy: until(120_000) }, 403, 'SignatureDoesNotMatch'],
    ['a token that is not its own', { ...good, 'x-oss-security-token': 'junk' }, 403, 'InvalidSecurityToken'],
    ['late', sign(until(-60_000)), 403, 'AccessDenied'],
    [
      'without signature',
      { OSSAccessKeyId: good.OSSAccessKeyId ?? '', policy: good.policy ?? '' },
      400,
      'InvalidArgument',
    ],
    ['without key', { policy: good.policy ?? '', Signature: good.Signature ?? '' }, 400, 'InvalidArgument'],
  ];
  for (const [what, fields, status, code] of cases) {
    const parts = Object.entries({ key: 'key', ...fields }).map(
      ([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    const file = '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nstolen\r\n--b--\r\n';
    const form: Sent = {
      method: 'POST',
      path: `/${bucket}/`,
      query: [],
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: parts.join('') + file,
    };
    // What headers or URL claim is not looked at.
    for (const request of [form, signed(form), signedUrl(form)]) {
      const answer = await send({ ...request, headers: { ...request.headers, ...form.headers } });
      assert.deepEqual([answer.status, answer.code], [status, code], `${what}: ${answer.text}`);
    }
  }
});

test('no operation of MNS is done unsigned, or signed wrongly, late or in part', async () => {
  const date = new Date().toUTCString();
  const late = new Date(Date.now() - 3_600_000).toUTCString();
  const junk = `MNS ${target.accessKeyId}:anVuaw==`;
  const version = { 'x-mns-version': '2015-06-06' };
  const cases: [what: string, headers: Record<string, string>, status: number, code: string][] = [
    ['unsigned', { ...version, date }, 400, 'MissingAuthorizationHeader'],
    ['junk', { ...version, date, authorization: junk }, 403, 'SignatureDoesNotMatch'],
    ['unknown key', { ...version, date, authorization: 'MNS nobody:anVuaw==' }, 403, 'InvalidAccessKeyId'],
    ['late', { ...version, date: late, authorization: junk }, 408, 'TimeExpired'],
    ['no date', { ...version, authorization: junk }, 400, 'MissingDateHeader'],
    ['scheme', { ...version, date, authorization: `OSS ${target.accessKeyId}:x` }, 400, 'InvalidAuthorizationHeader'],
  ];
  for (const operation of mnsOperations) {
    const path = operation.path.replace('{queue}', queue).replace(/\{[^}]*\}/g, 'x');
    const query = Object.entries(operation.select ?? {}).map(([name, value]): [string, string] => [
      name,
      value === '*' ? '1' : value,
    ]);
    for (const [what, headers, status, code] of cases) {
      const answer = await send({ method: operation.method, path, query, headers, body: '' });
      assert.deepEqual([answer.status, answer.code], [status, code], `${operation.name} ${what}: ${answer.text}`);
    }
  }
});

test('no action of RAM and STS is done unsigned, or signed wrongly, late, twice or in part', async () => {
  const parameters = (Action: string, Version: string, more: Record<string, string> = {}): Map<string, string> =>
    commonParameters(target, { Action, Version, UserName: 'x', ...more });
  const sign = (given: Map<string, string>): Map<string, string> => signParameters(target, given);
  const ask = (given: Map<string, string>): Promise<Answer> =>
    send({ method: 'GET', path: rpcPath(given), query: [], headers: {}, body: '' });
  for (const service of [ram, sts]) {
    const [version = ''] = service.versions;
    for (const { name } of service.operations) {
      const fresh = (more?: Record<string, string>): Map<string, string> => sign(parameters(name, version, more));
      const late = new Date(Date.now() - 3_600_000).toISOString();
      const stripped = fresh();
      stripped.delete('UserName');
      const cases: [what: string, given: Map<string, string>, status: number, code: string][] = [
        ['unsigned', parameters(name, version), 400, 'MissingSignature'],
        ['junk', parameters(name, version).set('Signature', 'anVuaw=='), 400, 'SignatureDoesNotMatch'],
        ['unknown key', fresh({ AccessKeyId: 'nobody' }), 404, 'InvalidAccessKeyId.NotFound'],
        ['late', fresh({ Timestamp: late }), 400, 'InvalidTimeStamp.Expired'],
        ['changed', fresh().set('UserName', 'y'), 400, 'SignatureDoesNotMatch'],
        ['stripped', stripped, 400, 'SignatureDoesNotMatch'],
        ['no nonce', fresh({ SignatureNonce: '' }), 400, 'MissingSignatureNonce'],
      ];
      for (const [what, given, status, code] of cases) {
        const answer = await ask(given);
        assert.deepEqual([answer.status, answer.code], [status, code], `${name} ${what}: ${answer.text}`);
      }
    }
  }
  const once = sign(parameters('GetCallerIdentity', '2015-04-01'));
  assert.equal((await ask(once)).status, 200);
  assert.equal((await ask(once)).code, 'SignatureNonceUsed');
});

test('after all of that everything is as it was', async () => {
  assert.equal((await oss(target, { method: 'GET', path: `/${bucket}/key` })).text, 'still here');
  assert.match((await oss(target, { method: 'GET', path: `/${bucket}/`, query: { acl: '' } })).text, /private/);
  assert.equal((await mns(target, { method: 'GET', path: `/queues/${queue}` })).status, 200);
});
