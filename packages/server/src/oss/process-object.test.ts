import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OssError } from './oss-error.ts';
import { readProcessForm } from './process-object.ts';

const read = (body: string): string => readProcessForm(body, 'x-oss-process');

test('raw and percent-encoded bodies give the same string', () => {
  const process = 'image/resize,w_100|sys/saveas,o_a+b/c==,b_ZGVzdA==';
  assert.equal(read(`x-oss-process=${process}`), process);
  assert.equal(read(`x-oss-process=${process}\n`), process);
  assert.equal(read(`x-oss-process=${encodeURIComponent(process)}`), process);
  assert.equal(read(`x-oss-process=${process}&other=1`), process);
});

test('a percent sign that encodes nothing stays', () => {
  assert.equal(read('x-oss-process=image/resize,p_50%|%zz%ff'), 'image/resize,p_50%|%zz%ff');
});

test('an empty body and another name are refused', () => {
  const code = (body: string): string | undefined => {
    try {
      read(body);
    } catch (error) {
      return error instanceof OssError ? error.code : 'other';
    }
    return undefined;
  };
  assert.equal(code(''), 'MissingArgument');
  assert.equal(code('x-oss-process='), 'InvalidArgument');
  assert.equal(code('x-oss-async-process=image/info'), 'InvalidArgument');
  assert.equal(code('image/info'), 'InvalidArgument');
});
