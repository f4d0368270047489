import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { run } from '../record-commands.ts';
import { partRow, uploadRow } from '../record-samples.ts';
import type { RecordsUnderTest } from './records-under-test.ts';

export function uploadRecordContract(on: RecordsUnderTest): void {
  const { makeBucket } = on;

  describe('uploads', () => {
    test('keep a thousand parts in number order, and replace a part of the same number', async () => {
      const bucketId = await makeBucket();
      const upload = uploadRow({ id: 'U1', bucketId, key: 'k', sequential: true, meta: { a: 'b' } });
      await run(on.store, [['uploads', 'insert', upload]]);
      const numbers = Array.from({ length: 1000 }, (_, n) => ((n * 7) % 1000) + 1);
      const put = (number: number, etag: string) =>
        ['uploads', 'putPart', partRow({ uploadId: 'U1', number, etag })] as const;
      await run(
        on.store,
        numbers.map((number) => put(number, 'OLD')),
      );
      await Promise.all(numbers.map((number) => run(on.store, [put(number, `E${number}`)])));
      const parts = await on.store.reads.uploads.parts('U1', 0, 10_000);
      assert.deepEqual(
        parts,
        numbers.toSorted((a, b) => a - b).map((number) => partRow({ uploadId: 'U1', number, etag: `E${number}` })),
      );
      assert.deepEqual(
        (await on.store.reads.uploads.parts('U1', 997, 2)).map(({ number }) => number),
        [998, 999],
      );
      const [part, none] = await run(on.store, [
        ['uploads', 'part', 'U1', 500],
        ['uploads', 'part', 'U1', 1001],
      ]);
      assert.equal(part?.etag, 'E500');
      assert.equal(none, undefined);
      assert.deepEqual(await on.store.reads.uploads.get('U1'), upload);
      await run(on.store, [['uploads', 'remove', 'U1']]);
      assert.equal(await on.store.reads.uploads.get('U1'), undefined);
      assert.deepEqual(await on.store.reads.uploads.parts('U1', 0, 10), []);
      assert.equal(await on.store.reads.uploads.any(bucketId), false);
    });

    test('keep an MD5 that was put away with a part, until another part takes its place', async () => {
      const bucketId = await makeBucket();
      const put = (md5?: { before: string; after: string }) =>
        ['uploads', 'putPart', partRow({ uploadId: 'U1', number: 2, ...(md5 && { md5 }) })] as const;
      await run(on.store, [
        ['uploads', 'insert', uploadRow({ id: 'U1', bucketId, key: 'k', sequential: true })],
        put({ before: 'AA==', after: 'AQ==' }),
      ]);
      assert.deepEqual((await on.store.reads.uploads.parts('U1', 1, 1))[0]?.md5, { before: 'AA==', after: 'AQ==' });
      await run(on.store, [put()]);
      assert.equal((await on.store.reads.uploads.parts('U1', 1, 1))[0]?.md5, undefined);
    });

    test('are paged by key and id, and folded by delimiter', async () => {
      const bucketId = await makeBucket();
      const made = [
        ['b/1', 'Y'],
        ['a', 'B'],
        ['a', 'A'],
        ['b/2', 'Z'],
        ['\u{1F600}', 'D'],
        ['\uFFFD', 'C'],
      ] as const;
      await run(
        on.store,
        made.map(([key, id]) => ['uploads', 'insert', uploadRow({ id, bucketId, key })] as const),
      );
      const page = async (query: {
        delimiter?: string;
        prefix?: string;
        afterKey?: string;
        afterId?: string;
        limit?: number;
      }) => {
        const defaults = { bucketId, prefix: '', delimiter: '', afterKey: '', afterId: '', limit: 10 };
        const { entries, truncated } = await on.store.reads.uploads.page({ ...defaults, ...query });
        return [
          entries.map((entry) => ('upload' in entry ? entry.upload.id : `${entry.prefix}*`)).join(' '),
          truncated,
        ];
      };
      assert.deepEqual(await page({}), ['A B Y Z C D', false]);
      assert.deepEqual(await page({ delimiter: '/' }), ['A B b/* C D', false]);
      assert.deepEqual(await page({ delimiter: '/', limit: 3 }), ['A B b/*', true]);
      assert.deepEqual(await page({ delimiter: '/', afterKey: 'b/', limit: 3 }), ['C D', false]);
      assert.deepEqual(await page({ afterKey: 'a', afterId: 'A', limit: 2 }), ['B Y', true]);
      assert.deepEqual(await page({ prefix: 'b/' }), ['Y Z', false]);
      assert.deepEqual(await page({ prefix: 'b/', afterKey: 'b/1', afterId: 'Y' }), ['Z', false]);
    });
  });
}
