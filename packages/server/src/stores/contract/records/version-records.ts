import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { DeleteMarker, VersionPage } from '../../../domain/ports/object-records.ts';
import { run } from '../record-commands.ts';
import { objectRow, segment } from '../record-samples.ts';
import { awkwardKey, byBytes } from './naive-page.ts';
import type { RecordsUnderTest } from './records-under-test.ts';

export function versionRecordContract(on: RecordsUnderTest): void {
  const { makeBucket, reopen } = on;

  describe('versions', () => {
    const marker = (row: Pick<DeleteMarker, 'bucketId' | 'key' | 'versionId' | 'rank'>): DeleteMarker => ({
      ...row,
      lastModifiedMs: 1_700_000_000_000,
      type: 'DeleteMarker',
    });
    const listed = (page: VersionPage): string[] =>
      page.entries.map((entry) => {
        if ('prefix' in entry) return `${entry.prefix}*`;
        const { key, versionId, latest } = entry.version;
        return `${key} ${versionId}${latest ? ' latest' : ''}`;
      });

    test('come back as they were put, delete markers too, and put replaces one of the same rank', async () => {
      const bucketId = await makeBucket();
      const traits = { tags: { a: '1', ä: 'ö' }, linkTarget: 'k', restored: { fromMs: 1, untilMs: 2 }, sealedMs: 3 };
      for (const key of ['a', 'a\0', '\u{1F600}', 'x'.repeat(1023)]) {
        const old = objectRow({ bucketId, key, versionId: 'v1', rank: -1, traits, segments: [segment('one')] });
        const gone = marker({ bucketId, key, versionId: 'v2', rank: -2 });
        await run(on.store, [
          ['versions', 'put', old],
          ['versions', 'put', gone],
        ]);
        assert.deepEqual(await on.store.reads.versions.get(bucketId, key, 'v1'), old);
        assert.deepEqual(await on.store.reads.versions.get(bucketId, key, 'v2'), gone);
        assert.deepEqual(await on.store.reads.versions.newest(bucketId, key), gone);
        assert.equal(await on.store.reads.versions.get(bucketId, key, 'v3'), undefined);
        assert.equal(await on.store.reads.objects.get(bucketId, key), undefined);
        const other = { ...old, acl: 'private', traits: {} } as const;
        await run(on.store, [
          ['versions', 'put', other],
          ['versions', 'remove', bucketId, key, 'v2'],
        ]);
        assert.deepEqual(await on.store.reads.versions.newest(bucketId, key), other);
      }
      await reopen();
      assert.equal(await on.store.reads.versions.any(bucketId), true);
      assert.equal(await on.store.reads.versions.any(await makeBucket('other')), false);
    });

    test('are paged with the current objects, newest first within a key, exactly as a naive model does', async () => {
      let round = 0;
      // Of each key, how many versions there are and whether the newest is a current object or a delete marker.
      const keys = fc.uniqueArray(
        fc.record({ key: awkwardKey, count: fc.integer({ min: 1, max: 4 }), current: fc.boolean() }),
        { selector: ({ key }) => key, maxLength: 15, size: 'max' },
      );
      await fc.assert(
        fc.asyncProperty(
          keys,
          fc.record({
            prefix: fc.oneof(fc.constant(''), awkwardKey),
            delimiter: fc.constantFrom('', '/', 'a', '\u{1F600}'),
            limit: fc.integer({ min: 1, max: 5 }),
          }),
          async (made, { prefix, delimiter, limit }) => {
            const bucketId = await makeBucket(`b${round++}`);
            const steps = made.flatMap(({ key, count, current }) =>
              Array.from({ length: count }, (_, at) => {
                const version = { bucketId, key, versionId: `v${at}`, rank: -at };
                if (at < count - 1) return ['versions', 'put', objectRow(version)] as const;
                return current
                  ? (['objects', 'put', objectRow(version)] as const)
                  : (['versions', 'put', marker(version)] as const);
              }),
            );
            await run(on.store, steps);
            const expected: string[] = [];
            for (const { key, count } of [...made].sort((a, b) => byBytes(a.key, b.key))) {
              if (!key.startsWith(prefix)) continue;
              const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
              const folded = `${key.slice(0, at + delimiter.length)}*`;
              if (at >= 0) {
                if (expected.at(-1) !== folded) expected.push(folded);
              } else {
                for (let n = count - 1; n >= 0; n--) expected.push(`${key} v${n}${n === count - 1 ? ' latest' : ''}`);
              }
            }
            const seen: string[] = [];
            for (let afterKey = '', afterVersion = '', truncated = true; truncated; ) {
              const query = { bucketId, prefix, delimiter, afterKey, afterVersion, limit };
              const page = await on.store.reads.versions.page(query);
              seen.push(...listed(page));
              truncated = page.truncated;
              const last = page.entries.at(-1);
              if (last && 'prefix' in last) [afterKey, afterVersion] = [last.prefix, ''];
              else if (last) [afterKey, afterVersion] = [last.version.key, last.version.versionId];
            }
            assert.deepEqual(seen, expected);
          },
        ),
        { numRuns: on.cases(100) },
      );
    });

    test('are paged from the newest of a key again when the one that a page ended at is gone', async () => {
      const bucketId = await makeBucket();
      const versions = [3, 2, 1].map((n) => objectRow({ bucketId, key: 'k', versionId: `v${n}`, rank: -n }));
      await run(
        on.store,
        versions.map((row) => ['versions', 'put', row] as const),
      );
      const after = async (afterVersion: string): Promise<string[]> =>
        listed(
          await on.store.reads.versions.page({
            bucketId,
            prefix: '',
            delimiter: '',
            afterKey: 'k',
            afterVersion,
            limit: 10,
          }),
        );
      assert.deepEqual(await after('v2'), ['k v1']);
      await run(on.store, [['versions', 'remove', bucketId, 'k', 'v2']]);
      assert.deepEqual(await after('v2'), ['k v3', 'k v1']);
      assert.deepEqual(await after(''), []);
    });

    test('count among the users of a blob', async () => {
      const bucketId = await makeBucket();
      await run(on.store, [
        ['blobs', 'insert', { id: 'shared', length: 5, crc64: '1' }],
        ['objects', 'put', objectRow({ bucketId, key: 'current', segments: [segment('shared')] })],
        ['versions', 'put', objectRow({ bucketId, key: 'old', rank: 1, segments: [segment('shared')] })],
        ['versions', 'put', objectRow({ bucketId, key: 'old', versionId: 'v', segments: [segment('shared')] })],
      ]);
      assert.deepEqual(await on.store.reads.blobs.users('shared'), [
        { bucket: 'b', key: 'current' },
        { bucket: 'b', key: 'old' },
      ]);
    });
  });
}
