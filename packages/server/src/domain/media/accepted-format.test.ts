import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from '@millrace/process';
import { chooseFormats, dependsOnAccept } from './accepted-format.ts';

const chosen = (accept: string | undefined): unknown => {
  const { stages } = decode('image/resize,w_1/format,auto', 'sync');
  return chooseFormats(stages, accept)[0]?.[1]?.params;
};

test('format,auto becomes what the reader names and no more', () => {
  assert.deepEqual(chosen('image/avif,image/webp,image/apng,*/*;q=0.8'), { value: 'webp' });
  assert.deepEqual(chosen('image/avif, */*'), { value: 'avif' });
  assert.deepEqual(chosen('image/webp;q=0,image/png'), { value: 'auto' });
  assert.deepEqual(chosen('*/*'), { value: 'auto' });
  assert.deepEqual(chosen(undefined), { value: 'auto' });
});

test('only format,auto depends on the reader', () => {
  assert.ok(dependsOnAccept(decode('image/format,auto', 'sync').stages));
  assert.ok(!dependsOnAccept(decode('image/format,png', 'sync').stages));
});
