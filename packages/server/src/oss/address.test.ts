import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { foreignDomain, readAddress, readQuery } from './address.ts';
import { OssError } from './oss-error.ts';

const suffixes = ['oss.example.com', 'localhost'];
const read = (host: string, target: string) => readAddress(host, target, suffixes);

test('IP addresses, localhost and configured hosts are path style', () => {
  for (const host of ['127.0.0.1:9000', '[::1]:9000', 'localhost', 'LOCALHOST:9000', 'oss.example.com:80', '']) {
    assert.deepEqual(read(host, '/photos/a/b.jpg?x=/y'), [{ bucket: 'photos', key: 'a/b.jpg' }], host);
  }
  assert.deepEqual(read('127.0.0.1', '/'), [{ key: '' }]);
  assert.deepEqual(read('127.0.0.1', '/?prefix=a'), [{ key: '' }]);
  assert.deepEqual(read('127.0.0.1', '/photos'), [{ bucket: 'photos', key: '' }]);
  assert.deepEqual(read('127.0.0.1', '/photos/'), [{ bucket: 'photos', key: '' }]);
});

test('a label before localhost, a configured suffix or a vendor host is the bucket', () => {
  for (const host of [
    'photos.localhost:9000',
    'photos.oss.example.com',
    'photos.oss-cn-hangzhou.aliyuncs.com',
    'photos.oss-cn-hangzhou-internal.aliyuncs.com',
    'photos.cn-hangzhou.oss.aliyuncs.com',
    'photos.oss-accelerate.aliyuncs.com',
    'photos.oss-accelerate-overseas.aliyuncs.com',
  ]) {
    assert.deepEqual(read(host, '/a/b.jpg'), [{ bucket: 'photos', key: 'a/b.jpg' }], host);
    assert.deepEqual(read(host, '/'), [{ bucket: 'photos', key: '' }], host);
  }
});

test('ali-oss with an IP names an empty label for the service', () => {
  assert.deepEqual(read('.oss-cn-hangzhou.aliyuncs.com', '/'), [{ key: '' }]);
});

test('where host and path both name the bucket, both readings are offered', () => {
  assert.deepEqual(read('photos.oss-cn-hangzhou.aliyuncs.com', '/photos/a'), [
    { bucket: 'photos', key: 'photos/a' },
    { bucket: 'photos', key: 'a' },
  ]);
});

test('an unknown host is path style first, virtual-hosted second', () => {
  assert.deepEqual(read('photos.storage.example.net', '/a/b'), [
    { bucket: 'a', key: 'b' },
    { bucket: 'photos', key: 'a/b' },
  ]);
});

test('keys are decoded once and never normalised', () => {
  const key = (target: string) => read('127.0.0.1', target)[0]?.key;
  assert.equal(key('/b/a%2Fb/../c//d/./'), 'a/b/../c//d/./');
  assert.equal(key('/b/%252F+%2B'), '%2F++');
  assert.equal(key('/b/%00%01'), '\u0000\u0001');
  assert.equal(key(`/b/${encodeURIComponent('文件')}`), '文件');
  assert.equal(key(`/b/${Buffer.from('文件').toString('latin1')}`), '文件');
  assert.equal(key('http://127.0.0.1/b/k'), 'k');
});

test('paths that are not percent-encoded UTF-8 are refused', () => {
  for (const target of ['/b/%', '/b/%zz', '/b/%ff', '/b/%c3%28', '/b/\u00ff', '/%ff/k']) {
    assert.throws(
      () => read('127.0.0.1', target),
      (error) => error instanceof OssError && error.status === 400,
      target,
    );
  }
});

test('any key survives the way through a path', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (key) => {
      assert.equal(read('127.0.0.1', `/b/${encodeURIComponent(key)}`)[0]?.key, key);
      assert.equal(read('b.localhost', `/${encodeURIComponent(key)}`)[0]?.key, key);
    }),
  );
});

test('of repeated query parameters the first counts, and a plus is a space', () => {
  const query = readQuery('/?a=1&a=2&b&c=&d=x+y%2Bz&&e=1=2');
  assert.deepEqual(
    [...query],
    [
      ['a', '1'],
      ['b', ''],
      ['c', ''],
      ['d', 'x y+z'],
      ['e', '1=2'],
    ],
  );
  assert.throws(() => readQuery('/?a=%ff'), OssError);
});

test('a host that was bound to a bucket is that bucket, and its path is the key', () => {
  assert.deepEqual(readAddress('img.example.org', '/photos/a?x', suffixes, 'photos'), [
    { bucket: 'photos', key: 'photos/a' },
  ]);
  assert.deepEqual(readAddress('img.example.org', '/', suffixes, 'photos'), [{ bucket: 'photos', key: '' }]);
});

test('only names that are nobody else’s can be bound', () => {
  assert.equal(foreignDomain('IMG.example.org:9000', suffixes), 'img.example.org');
  for (const host of [
    '',
    'localhost',
    '127.0.0.1:9000',
    '[::1]:9000',
    'oss.example.com',
    'photos.oss.example.com',
    'photos.localhost',
    'photos.oss-cn-hangzhou.aliyuncs.com',
    '.oss-cn-hangzhou.aliyuncs.com',
  ]) {
    assert.equal(foreignDomain(host, suffixes), undefined, host);
  }
});
