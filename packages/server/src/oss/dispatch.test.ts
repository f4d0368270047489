import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operations } from '@millrace/protocol/oss';
import { readQuery } from './address.ts';
import { Dispatch } from './dispatch.ts';
import { handlers } from './handlers.ts';
import { OssError } from './oss-error.ts';

const dispatch = new Dispatch(operations);

function find(
  method: string,
  level: 'service' | 'bucket' | 'object',
  query = '',
  headers: Record<string, string> = {},
) {
  const address = { service: { key: '' }, bucket: { bucket: 'b', key: '' }, object: { bucket: 'b', key: 'k' } }[level];
  return dispatch.find(method, address, readQuery(`/?${query}`), headers).name;
}

test('operations are found by method, level, sub-resource and header', () => {
  assert.equal(find('GET', 'service'), 'ListBuckets');
  assert.equal(find('PUT', 'bucket'), 'PutBucket');
  assert.equal(find('GET', 'bucket', 'prefix=a&max-keys=3'), 'ListObjects');
  assert.equal(find('GET', 'bucket', 'list-type=2&prefix=a'), 'ListObjectsV2');
  assert.equal(find('GET', 'bucket', 'acl'), 'GetBucketAcl');
  assert.equal(find('GET', 'bucket', 'style'), 'ListStyle');
  assert.equal(find('GET', 'bucket', 'style&styleName=a'), 'GetStyle');
  assert.equal(find('POST', 'bucket', 'comp=add&metaQuery'), 'OpenMetaQuery');
  assert.equal(find('POST', 'bucket', '', { 'content-type': 'multipart/form-data; boundary=x' }), 'PostObject');
  assert.equal(find('PUT', 'object'), 'PutObject');
  assert.equal(find('PUT', 'object', '', { 'x-oss-copy-source': '/b/k' }), 'CopyObject');
  assert.equal(find('PUT', 'object', 'partNumber=1&uploadId=u'), 'UploadPart');
  assert.equal(find('PUT', 'object', 'uploadId=u&partNumber=1', { 'x-oss-copy-source': '/b/k' }), 'UploadPartCopy');
  assert.equal(find('POST', 'object', 'x-oss-process='), 'ProcessObject');
  assert.equal(find('POST', 'object', 'x-oss-async-process'), 'AsyncProcessObject');
  assert.equal(find('GET', 'object', 'x-oss-process=image/resize,w_1&response-content-type=a'), 'GetObject');
  assert.equal(find('HEAD', 'object', 'objectMeta'), 'GetObjectMeta');
  assert.equal(find('GET', 'object', 'uploadId=u&max-parts=1'), 'ListParts');
});

test('unknown query parameters do not matter', () => {
  assert.equal(find('GET', 'object', 'x-oss-traffic-limit=819200&foo=bar'), 'GetObject');
});

test('a word that means something at another level is ignored by reads', () => {
  assert.equal(find('GET', 'object', 'action=download&style=bold'), 'GetObject');
  assert.equal(find('HEAD', 'object', 'lifecycle'), 'HeadObject');
  assert.equal(find('GET', 'bucket', 'partNumber=1'), 'ListObjects');
});

test('a sub-resource that the method does not have is refused and never passed over', () => {
  for (const [method, query] of [
    ['DELETE', 'acl'],
    ['DELETE', 'uploads'],
    ['PUT', 'uploadId=u'],
    ['HEAD', 'tagging'],
    ['DELETE', 'lifecycle'],
    ['PUT', 'policy'],
    ['PATCH', ''],
  ] as const) {
    assert.throws(
      () => find(method, 'object', query),
      (error) => error instanceof OssError && error.code === 'MethodNotAllowed',
      `${method} ?${query}`,
    );
  }
});

test('two operations that the same request selects are a fault at start', () => {
  assert.throws(() => new Dispatch([...operations, ...operations.slice(0, 1)]), /selected by the same request/);
});

test('every served operation has the handler that declares it', () => {
  for (const [name, handler] of Object.entries(handlers)) assert.equal(handler.operation.name, name);
  assert.equal(operations.filter(({ implemented }) => implemented).length, Object.keys(handlers).length);
});
