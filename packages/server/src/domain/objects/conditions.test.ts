import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDomainError } from '../errors.ts';
import { checkConditions } from './conditions.ts';

const second = 1000;
const object = { etag: '5EB63BBBE01EEED093CB22BB8F5ACDC3', lastModifiedMs: 1_700_000_000_500 };
const modified = 1_700_000_000_000;

const passes = (conditions: Parameters<typeof checkConditions>[0]): void => checkConditions(conditions, object);
const fails = (conditions: Parameters<typeof checkConditions>[0]): void =>
  assert.throws(
    () => checkConditions(conditions, object),
    (error) => isDomainError(error, 'PreconditionFailed'),
  );
const notModified = (conditions: Parameters<typeof checkConditions>[0]): void =>
  assert.throws(
    () => checkConditions(conditions, object),
    (error) => isDomainError(error, 'NotModified'),
  );

describe('checkConditions', () => {
  it('takes an ETag with quotes, without quotes and in lower case', () => {
    passes({ ifMatch: `"${object.etag}"` });
    passes({ ifMatch: object.etag });
    passes({ ifMatch: object.etag.toLowerCase() });
    passes({ ifMatch: `"other", "${object.etag}"` });
    passes({ ifMatch: '*' });
  });
  it('answers 412 when If-Match names another object', () => fails({ ifMatch: '"0"' }));
  it('answers 304 when If-None-Match names this object', () => notModified({ ifNoneMatch: object.etag }));
  it('compares dates in whole seconds', () => {
    passes({ ifUnmodifiedSinceMs: modified });
    fails({ ifUnmodifiedSinceMs: modified - second });
    notModified({ ifModifiedSinceMs: modified });
    passes({ ifModifiedSinceMs: modified - second });
  });
  it('checks 412 before 304', () => fails({ ifMatch: '"0"', ifNoneMatch: object.etag }));
  it('lets an ETag decide where ETag and date of one pair disagree', () => {
    passes({ ifMatch: object.etag, ifUnmodifiedSinceMs: modified - second });
    passes({ ifNoneMatch: '"0"', ifModifiedSinceMs: modified });
  });
});
