import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDomainError } from '../errors.ts';
import { checkBucketName, checkObjectKey } from './names.ts';

describe('checkBucketName', () => {
  for (const name of ['abc', 'a-1', '0bucket', 'x'.repeat(63)]) {
    it(`accepts ${name}`, () => checkBucketName(name));
  }
  for (const name of ['', 'ab', 'x'.repeat(64), '-abc', 'abc-', 'Abc', 'a_b', 'a.b.c', '中文名', 'a b']) {
    it(`refuses ${JSON.stringify(name)}`, () => {
      assert.throws(
        () => checkBucketName(name),
        (error) => isDomainError(error, 'InvalidBucketName'),
      );
    });
  }
});

describe('checkObjectKey', () => {
  for (const key of [
    'a',
    '../../etc/passwd',
    'a//b/',
    'nul\0inside',
    '目录/文件 1.docx',
    '🙂'.repeat(255),
    'x'.repeat(1023),
  ]) {
    it(`accepts ${JSON.stringify(key.slice(0, 20))}`, () => checkObjectKey(key));
  }
  for (const key of ['', '/a', '\\a', 'x'.repeat(1024), '🙂'.repeat(256), 'lone \ud800 surrogate']) {
    it(`refuses ${JSON.stringify(key.slice(0, 20))} of ${key.length} characters`, () => {
      assert.throws(
        () => checkObjectKey(key),
        (error) => isDomainError(error, 'InvalidObjectKey'),
      );
    });
  }
});
