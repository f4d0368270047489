import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldError, ossErrors } from '@millrace/protocol/oss';
import { parseXml, XmlError } from '@millrace/protocol/xml';
import { DomainError } from '../domain/errors.ts';
import { errorDocument, OssError } from './oss-error.ts';
import { toOssError } from './wire-errors.ts';

test('a refused process string names the parameter and its value', () => {
  const error = toOssError(
    new DomainError('ProcessInvalid', {
      operation: 'image/resize',
      parameter: 'w',
      value: '0',
      reason: 'It must be from 1 to 16384.',
    }),
  );
  assert.equal(error?.code, 'InvalidArgument');
  assert.equal(error?.status, 400);
  assert.equal(error?.message, 'The value: 0 of parameter: w is invalid. It must be from 1 to 16384.');
  assert.deepEqual(error?.elements, { ArgumentName: 'w', ArgumentValue: '0' });
});

test('an append at the wrong place says where to go on', () => {
  const error = toOssError(new DomainError('AppendPositionMismatch', { key: 'k', length: 7 }));
  assert.equal(error?.status, 409);
  assert.equal(error?.headers['x-oss-next-append-position'], '7');
});

test('faults of XML and fields become MalformedXML, MissingArgument and InvalidArgument', () => {
  assert.equal(toOssError(new XmlError('x'))?.code, 'MalformedXML');
  assert.equal(toOssError(new FieldError('position', undefined, 'm'))?.code, 'MissingArgument');
  assert.equal(toOssError(new FieldError('position', 'x', 'm'))?.elements.ArgumentValue, 'x');
});

test('anything unexpected stays unexplained', () => {
  assert.equal(toOssError(new TypeError('secret')), undefined);
});

test('the error document is flat, escaped and complete', () => {
  const document = errorDocument(new OssError('NoSuchKey', { elements: { Key: '<a>&\u0001' } }), 'ID', 'h');
  const root = parseXml(document);
  assert.equal(root.name, 'Error');
  assert.equal(root.text, '');
  assert.deepEqual(
    root.children.map(({ name, text }) => [name, text]),
    [
      ['Code', 'NoSuchKey'],
      ['Message', 'The specified key does not exist.'],
      ['RequestId', 'ID'],
      ['HostId', 'h'],
      ['Key', '<a>&\ufffd'],
      ['EC', '0026-00000001'],
      ['RecommendDoc', 'https://api.aliyun.com/troubleshoot?q=0026-00000001'],
    ],
  );
});

test('a classification that is not known has no page to point to', () => {
  const document = errorDocument(new OssError('InvalidRequest'), 'ID', 'h');
  assert.match(document, /<EC>0017-00000000<\/EC><\/Error>$/);
});

test('every code has a status of refusal and a message', () => {
  for (const [code, { status, message }] of Object.entries(ossErrors)) {
    // A failed callback is the one fault of a request that was done all the same.
    const refused = status >= 300 || code === 'CallbackFailed';
    assert.ok(refused && status < 600 && message.length > 0, code);
  }
});
