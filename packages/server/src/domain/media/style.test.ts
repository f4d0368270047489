import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDomainError } from '../errors.ts';
import type { Reads } from '../ports/record-store.ts';
import { checkStyle, resolveStyles } from './style.ts';

const styles: Record<string, string> = { thumb: 'image/resize,w_30/quality,q_80', small: 'image/resize,w_10' };

/** Only styles of bucket 7 are found, and only this statement is there. */
const reads = {
  items: {
    get: (bucketId: number, kind: string, name: string) => {
      const content = bucketId === 7 && kind === 'style' ? styles[name] : undefined;
      return content && { bucketId, kind, name, value: { content, category: 'image' }, createdMs: 0, modifiedMs: 0 };
    },
  },
} as unknown as Reads;

test('a style stands for what it holds, wherever in the string it is named', async () => {
  const resolve = (process: string): Promise<string> => resolveStyles(process, 7, reads);
  assert.equal(await resolve('style/thumb'), 'image/resize,w_30/quality,q_80');
  assert.equal(
    await resolve('style/small|style/thumb|sys/saveas,o_c3R5bGUv'),
    'image/resize,w_10|image/resize,w_30/quality,q_80|sys/saveas,o_c3R5bGUv',
  );
  assert.equal(await resolve('image/resize,w_1'), 'image/resize,w_1');
  assert.equal(await resolve('image/watermark,text_style/x'), 'image/watermark,text_style/x');
});

test('a style that the bucket does not have is named', async () => {
  for (const bucketId of [7, 8]) {
    const name = bucketId === 7 ? 'absent' : 'thumb';
    await assert.rejects(
      resolveStyles(`style/${name}`, bucketId, reads),
      (error) => isDomainError(error, 'StyleMissing') && error.details.name === name,
    );
  }
});

test('only what some process string could hold is a style', () => {
  for (const content of [
    'image/resize,p_50',
    'image/resize,w_10|image/format,png',
    'video/snapshot,t_1000,f_jpg',
    'doc/convert,target_pdf,source_docx',
  ]) {
    checkStyle(content);
  }
  for (const content of ['', 'style/a', 'image/info|style/a', 'image/info|sys/saveas,o_YQ', 'image/resize,w_0', 'x']) {
    assert.throws(
      () => checkStyle(content),
      (error) => isDomainError(error, 'ProcessInvalid'),
      content,
    );
  }
});
