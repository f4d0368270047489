import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { run } from '../record-commands.ts';
import { objectRow, segment } from '../record-samples.ts';
import { awkwardKey, byBytes, naivePage, objectNames } from './naive-page.ts';
import type { RecordsUnderTest } from './records-under-test.ts';

export function objectRecordContract(on: RecordsUnderTest): void {
  const { makeBucket } = on;

  describe('objects', () => {
    test('come back as they were put, whatever the key, and put replaces', async () => {
      const bucketId = await makeBucket();
      for (const key of ['a', 'a\0', 'a\0b', '../../etc', "'; --", '\u{1F600}', '\uFFFD', 'é', 'x'.repeat(1023)]) {
        const row = objectRow({ bucketId, key, size: 2 ** 45, segments: [segment('one'), segment('two', 2 ** 45)] });
        await run(on.store, [['objects', 'put', row]]);
        assert.deepEqual(await on.store.reads.objects.get(bucketId, key), row);
        const other = objectRow({ bucketId, key, headers: {}, meta: {}, type: 'Appendable', acl: 'private' });
        await run(on.store, [['objects', 'put', other]]);
        assert.deepEqual(await on.store.reads.objects.get(bucketId, key), other);
        await run(on.store, [['objects', 'remove', bucketId, key]]);
        assert.equal(await on.store.reads.objects.get(bucketId, key), undefined);
      }
      assert.equal(await on.store.reads.objects.any(bucketId), false);
    });

    test('of other buckets are not seen', async () => {
      const [one, two] = [await makeBucket('one'), await makeBucket('two')];
      await run(on.store, [['objects', 'put', objectRow({ bucketId: two, key: 'k' })]]);
      assert.equal(await on.store.reads.objects.any(one), false);
      assert.equal(await on.store.reads.objects.get(one, 'k'), undefined);
      const page = await on.store.reads.objects.page({
        bucketId: one,
        prefix: '',
        delimiter: '',
        after: '',
        limit: 10,
      });
      assert.deepEqual(page, { entries: [], truncated: false });
    });

    test('are paged in UTF-8 byte order and folded by delimiter, exactly as a naive model does', async () => {
      let round = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(awkwardKey, { maxLength: 40 }),
          fc.record({
            prefix: fc.oneof(fc.constant(''), awkwardKey),
            delimiter: fc.constantFrom('', '/', 'a', '\u{1F600}', '\u{10FFFF}', 'b/'),
            after: fc.oneof(fc.constant(''), awkwardKey),
            limit: fc.integer({ min: 0, max: 8 }),
          }),
          async (keys, query) => {
            const bucketId = await makeBucket(`b${round++}`);
            await run(
              on.store,
              keys.map((key) => ['objects', 'put', objectRow({ bucketId, key })] as const),
            );
            const page = await on.store.reads.objects.page({ bucketId, ...query });
            const expected = naivePage(keys, query);
            assert.deepEqual(objectNames(page), expected.names);
            assert.equal(page.truncated, expected.truncated);
          },
        ),
        { numRuns: on.cases(150) },
      );
    });

    test('are all seen once by paging through them, with and without common prefixes', async () => {
      const bucketId = await makeBucket();
      const keys = Array.from({ length: 700 }, (_, n) => `${n % 7}/${n % 3}/${String(n).padStart(4, '0')}`);
      await run(
        on.store,
        keys.map((key) => ['objects', 'put', objectRow({ bucketId, key })] as const),
      );
      for (const [prefix, delimiter, limit] of [
        ['', '', 64],
        ['', '/', 2],
        ['3/', '/', 1],
        ['3/1/', '/', 33],
      ] as const) {
        const seen: string[] = [];
        for (let after = '', truncated = true; truncated; ) {
          const page = await on.store.reads.objects.page({ bucketId, prefix, delimiter, after, limit });
          const names = objectNames(page);
          seen.push(...names);
          truncated = page.truncated;
          after = (names.at(-1) ?? '').replace(/\*$/, '');
        }
        assert.deepEqual(seen, naivePage(keys, { prefix, delimiter, after: '', limit: 10_000 }).names);
      }
    });

    test('are paged in order, without losing any that stay, while others come and go', async () => {
      const bucketId = await makeBucket();
      const keys = Array.from({ length: 300 }, (_, n) => `k${String(n).padStart(3, '0')}`);
      await run(
        on.store,
        keys.map((key) => ['objects', 'put', objectRow({ bucketId, key })] as const),
      );
      let writing = true;
      const writer = (async () => {
        for (let n = 0; writing; n++) {
          const key = `k${String(n % 300).padStart(3, '0')}x`;
          await run(on.store, [['objects', 'put', objectRow({ bucketId, key })]]);
          await run(on.store, [['objects', 'remove', bucketId, key]]);
        }
      })();
      for (let round = 0; round < 5; round++) {
        const seen: string[] = [];
        for (let after = '', truncated = true; truncated; ) {
          const page = await on.store.reads.objects.page({ bucketId, prefix: 'k', delimiter: '', after, limit: 17 });
          seen.push(...objectNames(page));
          truncated = page.truncated;
          after = seen.at(-1) ?? '';
          // Lets the writer get a turn between pages.
          await on.store.probe();
        }
        assert.deepEqual(
          seen.filter((key) => !key.endsWith('x')),
          keys,
        );
        assert.deepEqual(seen, [...new Set(seen)].sort(byBytes));
      }
      writing = false;
      await writer;
    });
  });
}
