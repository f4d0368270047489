import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { operations } from './operations.ts';
import type { Hashes, SignableRequest } from './signable-request.ts';
import { parseAuthorizationV1, requestDateV1, signV1, stringToSignV1 } from './signature-v1.ts';
import {
  canonicalRequestV4,
  formatTimestampV4,
  parseAuthorizationV4,
  parseTimestampV4,
  signingKeyV4,
  signV4,
  stringToSignV4,
} from './signature-v4.ts';
import { isSignedSubresource } from './subresources.ts';

const hashes: Hashes = {
  hmacSha1Base64: (key, text) => createHmac('sha1', key).update(text).digest('base64'),
  hmacSha256: (key, text) => createHmac('sha256', key).update(text).digest(),
  hmacSha256Hex: (key, text) => createHmac('sha256', key).update(text).digest('hex'),
  sha256Hex: (text) => createHash('sha256').update(text).digest('hex'),
};

const secret = 'testAccessKeySecretABCDEFGHIJ';
const timestamp = '20250102T030405Z';
const scope = { date: '20250102', region: 'cn-hangzhou', product: 'oss' };
const bucket = 'demo-bucket';
const oddKey = 'dir a/文件+1.txt';
const partQuery = new Map([
  ['uploadId', 'AB/C+D=='],
  ['partNumber', '1'],
]);
const date = 'Thu, 02 Jan 2025 03:04:05 GMT';

function v4(
  request: SignableRequest,
  additional: string[] = [],
): { canonical: string; hash: string; signature: string } {
  const canonical = canonicalRequestV4(request, additional);
  const key = signingKeyV4(hashes, secret, scope);
  return {
    canonical,
    hash: hashes.sha256Hex(canonical),
    signature: signV4(hashes, key, stringToSignV4(hashes, timestamp, scope, canonical)),
  };
}

const vectorA: SignableRequest = {
  method: 'PUT',
  bucket,
  key: oddKey,
  query: partQuery,
  headers: {
    'content-type': 'text/plain',
    'content-md5': 'XrY7u+Ae7tCTyyK7j1rNww==',
    'x-oss-meta-author': 'zhao liu',
    'x-oss-date': timestamp,
    'x-oss-content-sha256': 'UNSIGNED-PAYLOAD',
    host: 'ignored.example.com',
  },
};

test('V4 derives the signing key of the reference', () => {
  assert.equal(
    Buffer.from(signingKeyV4(hashes, secret, scope)).toString('hex'),
    'e0c1003bad95f5a4392ad791d9d1d4d966f429dd7808a46718ac2821e65bfe5e',
  );
});

test('V4 signs vector A: headers, odd key, unsorted query', () => {
  const { canonical, hash, signature } = v4(vectorA);
  assert.equal(
    canonical,
    [
      'PUT',
      '/demo-bucket/dir%20a/%E6%96%87%E4%BB%B6%2B1.txt',
      'partNumber=1&uploadId=AB%2FC%2BD%3D%3D',
      'content-md5:XrY7u+Ae7tCTyyK7j1rNww==',
      'content-type:text/plain',
      'x-oss-content-sha256:UNSIGNED-PAYLOAD',
      'x-oss-date:20250102T030405Z',
      'x-oss-meta-author:zhao liu',
      '',
      '',
      'UNSIGNED-PAYLOAD',
    ].join('\n'),
  );
  assert.equal(hash, 'e7698551d1aa8af317c08f320ac5acf0e01cf21d45077b8a8e02fbca2226538e');
  assert.equal(signature, '629cb49c4fafdb38ced53fcdb7dcbb9118692e6ad6a701b7a66b2c9658eab94c');
});

test('V4 signs vector A2: an additional header', () => {
  const { hash, signature } = v4({ ...vectorA, headers: { ...vectorA.headers, range: 'bytes=0-9' } }, ['range']);
  assert.equal(hash, '8d5075cc24f0f112780ba3b7a37639f6987f0ba7d1e0fdd0f1ba3fa4dc0c7aea');
  assert.equal(signature, '0c0d1372d1f95f4e3b14fe7c124c0151acfc9c95a65a8089cf0aa20c909b0270');
});

test('V4 signs vector B: a presigned URL with process string and token', () => {
  const query = new Map([
    ['x-oss-process', 'image/resize,w_100'],
    ['x-oss-signature-version', 'OSS4-HMAC-SHA256'],
    ['x-oss-credential', 'testAccessKeyId00001/20250102/cn-hangzhou/oss/aliyun_v4_request'],
    ['x-oss-date', timestamp],
    ['x-oss-expires', '600'],
    ['x-oss-security-token', 'tok/en+=='],
    ['x-oss-signature', 'is not signed'],
  ]);
  const { hash, signature } = v4({ method: 'GET', bucket, key: 'a/b c.jpg', query, headers: {} });
  assert.equal(hash, 'b5855eabce9f6ec6ff3b192da486c69aeb5449eb940e254109eaa5cb07bfb39e');
  assert.equal(signature, '9de454b87a31339940546802eb102ae8b6cc39d450904d5e5f995867f6ffc3ea');
});

test('V4 signs vector C: a service operation', () => {
  const { signature } = v4({
    method: 'GET',
    query: new Map([
      ['prefix', 'demo'],
      ['max-keys', '10'],
    ]),
    headers: {
      'content-type': 'application/octet-stream',
      'x-oss-date': timestamp,
      'x-oss-content-sha256': 'UNSIGNED-PAYLOAD',
    },
  });
  assert.equal(signature, '860ee3a74ecb188d4a59a53dad445f7b94fa51264893ac8d03759e4480b943ac');
});

test('V4 sorts queries by name where one name begins another', () => {
  const query = new Map([
    ['a-b', '1'],
    ['a', '2'],
  ]);
  assert.match(canonicalRequestV4({ method: 'GET', query, headers: {} }, []), /^GET\n\/\na=2&a-b=1\n/);
});

test('V1 signs vector D: headers and a token', () => {
  const text = stringToSignV1(
    {
      method: 'PUT',
      bucket,
      key: oddKey,
      query: partQuery,
      headers: {
        date,
        'content-type': 'text/plain',
        'content-md5': 'XrY7u+Ae7tCTyyK7j1rNww==',
        'x-oss-security-token': 'tok/en+==',
        'x-oss-meta-author': ' zhao liu ',
      },
    },
    date,
  );
  assert.equal(signV1(hashes, secret, text), '5SPSvOvO3MIHAN8hLmpqYJQR1K8=');
});

test('V1 signs vector E: a presigned URL, unsigned parameters left out', () => {
  const query = new Map([
    ['x-oss-process', 'image/resize,w_100'],
    ['response-content-type', 'text/html; charset=utf-8'],
    ['OSSAccessKeyId', 'testAccessKeyId00001'],
    ['Expires', '1735787645'],
    ['Signature', 'x'],
    ['max-keys', '3'],
  ]);
  const text = stringToSignV1({ method: 'GET', bucket, key: 'a/b c.jpg', query, headers: {} }, '1735787645');
  assert.equal(signV1(hashes, secret, text), 'lHY/Co9byXbH7YC9wbUx8X/cxAc=');
});

test('V1 signs vector H: x-oss-date instead of Date', () => {
  const headers = { 'content-type': 'text/plain', 'x-oss-date': date };
  const request = { method: 'PUT', bucket, key: oddKey, query: partQuery, headers };
  assert.equal(requestDateV1(headers), date);
  const text = stringToSignV1(request, date);
  assert.equal(
    text,
    `PUT\n\ntext/plain\n${date}\nx-oss-date:${date}\n/demo-bucket/dir a/文件+1.txt?partNumber=1&uploadId=AB/C+D==`,
  );
  assert.equal(signV1(hashes, secret, text), 'm229KOt34kIz7x5cVMJNWAUISlw=');
});

test('V1 resources: service, bucket, valueless sub-resources', () => {
  const last = (request: Omit<SignableRequest, 'method' | 'headers'>): string | undefined =>
    stringToSignV1({ method: 'GET', headers: {}, ...request }, '')
      .split('\n')
      .at(-1);
  assert.equal(last({ query: new Map([['prefix', 'a']]) }), '/');
  assert.equal(last({ bucket, query: new Map([['acl', '']]) }), '/demo-bucket/?acl');
});

test('Authorization headers are read as each SDK writes them', () => {
  assert.deepEqual(parseAuthorizationV1('OSS ak:c2ln'), { accessKeyId: 'ak', signature: 'c2ln' });
  for (const header of ['OSS', 'OSS ak', 'OSS :sig', 'OSS ak:', 'Basic ak:sig']) {
    assert.equal(parseAuthorizationV1(header), undefined, header);
  }
  const credential = 'Credential=ak/20250102/cn-hangzhou/oss/aliyun_v4_request';
  const expected = { accessKeyId: 'ak', scope, additionalHeaders: ['host', 'range'], signature: 'ab12' };
  for (const rest of [
    `${credential},AdditionalHeaders=host;range,Signature=ab12`,
    `${credential}, Signature=ab12, AdditionalHeaders=Host;Range`,
  ]) {
    assert.deepEqual(parseAuthorizationV4(`OSS4-HMAC-SHA256 ${rest}`), expected);
  }
});

test('malformed V4 headers are classified', () => {
  const credential = 'Credential=ak/20250102/cn-hangzhou/oss/aliyun_v4_request';
  const ec = (rest: string): string | undefined => {
    const parsed = parseAuthorizationV4(`OSS4-HMAC-SHA256 ${rest}`);
    return 'ec' in parsed ? parsed.ec.slice(-3) : undefined;
  };
  assert.equal(ec(credential), '202');
  assert.equal(ec(`${credential},Signature=1,Other=2`), '204');
  assert.equal(ec(`${credential},Signature=1,Signature=2`), '202');
  assert.equal(ec(`${credential},AdditionalHeaders=,Signature=1`), '209');
  assert.equal(ec(`${credential},AdditionalHeaders=a;;b,Signature=1`), '210');
  assert.equal(ec('Credential=ak/2025/cn-hangzhou/oss/aliyun_v4_request,Signature=1'), '212');
  assert.equal(ec('Credential=ak/20250102/cn-hangzhou/oss/aws4_request,Signature=1'), '213');
  assert.equal(ec('Credential=short,Signature=1'), '213');
});

test('V4 timestamps go both ways and impossible ones are refused', () => {
  const milliseconds = Date.UTC(2025, 0, 2, 3, 4, 5);
  assert.equal(formatTimestampV4(milliseconds), timestamp);
  assert.equal(parseTimestampV4(timestamp), milliseconds);
  for (const wrong of ['20250102', '20251302T030405Z', '20250102T250405Z', '2025-01-02T03:04:05Z', '']) {
    assert.equal(parseTimestampV4(wrong), undefined, wrong);
  }
});

test('nothing that chooses another operation can be added to a V1 URL', () => {
  const selectors = new Set(
    operations
      .filter(({ implemented }) => implemented)
      .flatMap(({ select }) => select.filter((condition) => !condition.startsWith('@')))
      .map((condition) => condition.split('=', 1)[0] ?? ''),
  );
  // No client signs these. `list-type` lists the same objects in another form, `regions` tells whoever may list buckets
  // nothing more, and `accessmonitor` is the switch of a bucket that the URL's owner might have made.
  assert.deepEqual([...selectors].filter((name) => !isSignedSubresource(name)).sort(), [
    'accessmonitor',
    'list-type',
    'regions',
  ]);
});
