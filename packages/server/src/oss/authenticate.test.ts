import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rootKey } from '../domain/access/principal.ts';
import { Authenticator } from './authenticate.ts';
import type { UnverifiedRequest } from './claim.ts';
import { OssError } from './oss-error.ts';

const accessKeyId = 'testAccessKeyId00001';
const key = rootKey(accessKeyId, 'testAccessKeySecretABCDEFGHIJ', '1001');
const signedAt = Date.UTC(2025, 0, 2, 3, 4, 5);
const date = 'Thu, 02 Jan 2025 03:04:05 GMT';
const bucket = 'demo-bucket';
const oddKey = 'dir a/文件+1.txt';
const credential = `${accessKeyId}/20250102/cn-hangzhou/oss/aliyun_v4_request`;

const authenticator = (now = signedAt): Authenticator =>
  new Authenticator({
    keys: { find: (id) => (id === key.id ? { key } : { fault: 'unknown' }) },
    region: 'cn-hangzhou',
    now: () => now,
  });

const headerV4: UnverifiedRequest = {
  method: 'PUT',
  query: new Map([
    ['partNumber', '1'],
    ['uploadId', 'AB/C+D=='],
  ]),
  headers: {
    authorization: `OSS4-HMAC-SHA256 Credential=${credential},Signature=629cb49c4fafdb38ced53fcdb7dcbb9118692e6ad6a701b7a66b2c9658eab94c`,
    'content-type': 'text/plain',
    'content-md5': 'XrY7u+Ae7tCTyyK7j1rNww==',
    'x-oss-meta-author': 'zhao liu',
    'x-oss-date': '20250102T030405Z',
    'x-oss-content-sha256': 'UNSIGNED-PAYLOAD',
  },
  addresses: [{ bucket, key: oddKey }],
};

const headerV1: UnverifiedRequest = {
  ...headerV4,
  headers: {
    authorization: `OSS ${accessKeyId}:m229KOt34kIz7x5cVMJNWAUISlw=`,
    'content-type': 'text/plain',
    'x-oss-date': date,
  },
};

const presignedV1: UnverifiedRequest = {
  method: 'GET',
  query: new Map([
    ['OSSAccessKeyId', accessKeyId],
    ['Expires', '1735787645'],
    ['Signature', 'lHY/Co9byXbH7YC9wbUx8X/cxAc='],
    ['response-content-type', 'text/html; charset=utf-8'],
    ['x-oss-process', 'image/resize,w_100'],
  ]),
  headers: {},
  addresses: [{ bucket, key: 'a/b c.jpg' }],
};

const presignedV4: UnverifiedRequest = {
  method: 'GET',
  query: new Map([
    ['x-oss-process', 'image/resize,w_100'],
    ['x-oss-signature-version', 'OSS4-HMAC-SHA256'],
    ['x-oss-credential', credential],
    ['x-oss-date', '20250102T030405Z'],
    ['x-oss-expires', '600'],
    ['x-oss-security-token', 'tok/en+=='],
    ['x-oss-signature', '9de454b87a31339940546802eb102ae8b6cc39d450904d5e5f995867f6ffc3ea'],
  ]),
  headers: {},
  addresses: [{ bucket, key: 'a/b c.jpg' }],
};

async function refusal(request: UnverifiedRequest, now?: number): Promise<OssError> {
  try {
    await authenticator(now).verify(request);
  } catch (error) {
    if (error instanceof OssError) return error;
    throw error;
  }
  return assert.fail('The request was accepted.');
}

const withHeader = (request: UnverifiedRequest, name: string, value: string | undefined): UnverifiedRequest => ({
  ...request,
  headers: { ...request.headers, [name]: value },
});

const withQuery = (request: UnverifiedRequest, name: string, value: string): UnverifiedRequest => ({
  ...request,
  query: new Map(request.query).set(name, value),
});

test('signatures in headers and URLs, versions 1 and 4, verify', async () => {
  for (const request of [headerV4, headerV1, presignedV1]) {
    const { principal } = await authenticator().verify(request);
    assert.deepEqual(principal, { kind: 'account', accountId: '1001', accessKeyId });
  }
});

test('the reading whose signature verifies is kept', async () => {
  const addresses = [
    { bucket: 'dir', key: 'other' },
    { bucket, key: oddKey },
  ];
  assert.deepEqual((await authenticator().verify({ ...headerV4, addresses })).address, addresses[1]);
});

test('a request without signature is anonymous', async () => {
  const { principal } = await authenticator().verify({ ...presignedV1, query: new Map([['max-keys', '1']]) });
  assert.equal(principal.kind, 'anonymous');
});

test('changing anything that was signed breaks the signature', async () => {
  for (const [request, ec] of [
    [withHeader(headerV4, 'x-oss-meta-author', 'somebody'), '0002-00000201'],
    [withHeader(headerV4, 'x-oss-object-acl', 'public-read'), '0002-00000201'],
    [withQuery(headerV4, 'partNumber', '2'), '0002-00000201'],
    [{ ...headerV4, method: 'GET' }, '0002-00000201'],
    [withHeader(headerV1, 'content-type', 'text/html'), '0002-00000040'],
    [withQuery(presignedV1, 'x-oss-process', 'image/info'), '0002-00000040'],
    [withQuery(presignedV1, 'x-oss-traffic-limit', '819200'), '0002-00000040'],
    [{ ...presignedV1, addresses: [{ bucket, key: 'other' }] }, '0002-00000040'],
    [withQuery(presignedV4, 'x-oss-expires', '601'), '0002-00000201'],
    [withQuery(presignedV4, 'extra', '1'), '0002-00000201'],
  ] as const) {
    const error = await refusal(request);
    assert.equal(error.code, 'SignatureDoesNotMatch');
    assert.equal(error.ec, ec);
    assert.equal(error.elements.OSSAccessKeyId, accessKeyId);
    assert.ok(error.elements.StringToSign);
    assert.equal(error.elements.CanonicalRequest !== undefined, ec === '0002-00000201');
  }
});

test('evidence is given in hex pairs too', async () => {
  const { elements } = await refusal(withHeader(headerV1, 'content-type', 'a'));
  assert.match(elements.StringToSignBytes ?? '', /^50 55 54 0A( [0-9A-F]{2})+$/i);
});

test('an unknown access key is refused before its signature is looked at', async () => {
  const error = await refusal(withHeader(headerV1, 'authorization', 'OSS nobody:x'));
  assert.equal(error.code, 'InvalidAccessKeyId');
  assert.equal(error.elements.OSSAccessKeyId, 'nobody');
});

test('a clock off by more than 15 minutes either way is refused, with both times', async () => {
  for (const request of [headerV1, headerV4]) {
    for (const now of [signedAt - 900_001, signedAt + 900_001]) {
      const error = await refusal(request, now);
      assert.equal(error.code, 'RequestTimeTooSkewed');
      assert.equal(error.elements.MaxAllowedSkewMilliseconds, '900000');
      assert.equal(error.elements.RequestTime, '2025-01-02T03:04:05.000Z');
    }
    await authenticator(signedAt + 900_000).verify(request);
  }
});

test('a request without a readable date is refused', async () => {
  for (const request of [
    withHeader(headerV1, 'x-oss-date', undefined),
    withHeader(headerV1, 'x-oss-date', 'yesterday'),
    withHeader(headerV4, 'x-oss-date', undefined),
  ]) {
    assert.equal((await refusal(request)).message, 'OSS authentication requires a valid Date.');
  }
});

test('URLs expire, before their signature is looked at', async () => {
  assert.equal(
    (await refusal(withQuery(presignedV1, 'Signature', 'x'), 1_735_787_645_001)).message,
    'Request has expired.',
  );
  await authenticator(1_735_787_645_000).verify(presignedV1);
  assert.equal((await refusal(presignedV4, signedAt + 600_001)).message, 'Request has expired.');
  assert.equal((await refusal(presignedV4, signedAt - 900_001)).code, 'RequestTimeTooSkewed');
});

test('a token with a long-lived key is refused, once the signature is right', async () => {
  assert.equal((await refusal(presignedV4)).code, 'InvalidSecurityToken');
  assert.equal((await refusal(withQuery(presignedV4, 'x-oss-security-token', 'other'))).code, 'SignatureDoesNotMatch');
});

test('incomplete and contradictory signatures are told apart', async () => {
  const incomplete = new Map(presignedV1.query);
  incomplete.delete('Expires');
  assert.equal((await refusal({ ...presignedV1, query: incomplete })).ec, '0002-00000068');
  assert.equal((await refusal(withQuery(presignedV1, 'Expires', 'soon'))).ec, '0002-00000070');
  assert.equal((await refusal({ ...headerV1, query: presignedV1.query })).code, 'InvalidArgument');
  assert.equal((await refusal(withHeader(headerV1, 'authorization', 'Bearer x'))).code, 'InvalidArgument');
  for (const expires of ['0', '604801', '-1', 'x']) {
    assert.equal((await refusal(withQuery(presignedV4, 'x-oss-expires', expires))).ec, '0002-00000232', expires);
  }
});

test('scopes of another day, region or product are refused', async () => {
  const scoped = (scope: string): Promise<OssError> =>
    refusal(withQuery(presignedV4, 'x-oss-credential', `${accessKeyId}/${scope}/aliyun_v4_request`));
  assert.equal((await scoped('20250103/cn-hangzhou/oss')).ec, '0002-00000212');
  assert.equal((await scoped('20250102/cn-beijing/oss')).ec, '0002-00000226');
  assert.equal((await scoped('20250102/cn-hangzhou/sts')).ec, '0002-00000213');
  const header = `OSS4-HMAC-SHA256 Credential=${accessKeyId}/20250102/cn-beijing/oss/aliyun_v4_request,Signature=a`;
  assert.equal((await refusal(withHeader(headerV4, 'authorization', header))).ec, '0002-00000228');
});

test('a plus in an unencoded V1 signature is understood', async () => {
  const error = await refusal(withQuery(presignedV1, 'Signature', 'a b='));
  assert.equal(error.elements.SignatureProvided, 'a+b=');
});
