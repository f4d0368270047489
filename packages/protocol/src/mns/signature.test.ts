import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { parseAuthorization, type SignedRequest, stringToSign } from './signature.ts';

const sign = (secret: string, request: SignedRequest): string =>
  createHmac('sha1', secret).update(stringToSign(request)).digest('base64');

const vectors: { secret: string; signature: string; request: SignedRequest }[] = [
  {
    secret: 'ACCESS_KEY_SECRET',
    signature: 'A9zehggaYHHujmuRMxGIDrhWwx8=',
    request: {
      method: 'PUT',
      target: '/',
      headers: {
        'content-md5': '574683b3684e3cff610afa155cc2506d',
        'content-type': 'text/xml',
        date: 'Tue, 11 Apr 2017 10:09:19 GMT',
        'x-mns-version': '2015-06-06',
      },
    },
  },
  {
    secret: 'sk1',
    signature: 'cAThPWnbphg3hDe3ZHDADTgkgyE=',
    request: {
      method: 'POST',
      target: '/queues/TestQueue',
      headers: { date: 'Tue, 03 Jun 2025 11:23:48 GMT', 'x-mns-abcdef': 'abcDEF' },
    },
  },
  {
    secret: 'sk-kkkkkk1111111111',
    signature: 'lPxnfNA+Qo/aj18MYJUnRMqa84I=',
    request: {
      method: 'GET',
      target: '/queues/TestQueue123456',
      headers: { date: 'Wed, 03 Dec 2025 11:23:48 GMT', 'x-mns-abcdef': 'KKKkkk' },
    },
  },
  {
    secret: 'testsecret',
    signature: '682G8WOO+eJGl251CIgRStyXc1g=',
    request: {
      method: 'GET',
      target: '/queues',
      headers: {
        date: 'Sun, 22 Nov 2026 11:07:42 GMT',
        'x-mns-date': 'Sun, 22 Nov 2026 11:07:42 GMT',
        'x-mns-version': '2015-06-06',
      },
    },
  },
];

for (const { secret, signature, request } of vectors) {
  test(`signs ${request.method} ${request.target} as the recorded client did`, () => {
    assert.equal(sign(secret, request), signature);
  });
}

test('takes the date from x-mns-date when there is no Date, and ignores headers that are not signed', () => {
  const text = stringToSign({
    method: 'get',
    target: '/queues/q/messages?ReceiptHandle=a%3D%3D',
    headers: { host: 'h', 'security-token': 't', 'x-mns-version': '2015-06-06', 'x-mns-date': 'D' },
  });
  assert.equal(text, 'GET\n\n\nD\nx-mns-date:D\nx-mns-version:2015-06-06\n/queues/q/messages?ReceiptHandle=a%3D%3D');
});

test('reads an Authorization header and refuses other shapes', () => {
  assert.deepEqual(parseAuthorization('MNS key:c2ln'), { accessKeyId: 'key', signature: 'c2ln' });
  for (const header of [
    '',
    'MNS',
    'MNS key',
    'MNS :c2ln',
    'MNS key:',
    'OSS key:c2ln',
    'MNS key:c2ln extra',
    'MNS a:b:c',
  ]) {
    assert.equal(parseAuthorization(header), undefined, header);
  }
});
