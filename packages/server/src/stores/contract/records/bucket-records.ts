import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { run } from '../record-commands.ts';
import { byBytes } from './naive-page.ts';
import { bucketRow, type RecordsUnderTest } from './records-under-test.ts';

export function bucketRecordContract(on: RecordsUnderTest): void {
  const { makeBucket, reopen } = on;

  describe('buckets', () => {
    test('are found by name and id, listed by owner in name order, changed and removed', async () => {
      const insert = (name: string, ownerId: string) => ['buckets', 'insert', { ...bucketRow, name, ownerId }] as const;
      const [first] = await run(on.store, [insert('bb', '1'), insert('ba', '1'), insert('c', '1'), insert('bc', '2')]);
      const list = async (query: { prefix: string; after: string; limit: number }): Promise<string[]> =>
        (await on.store.reads.buckets.list({ ownerId: '1', ...query })).map(({ name }) => name);
      assert.deepEqual(await list({ prefix: '', after: '', limit: 10 }), ['ba', 'bb', 'c']);
      assert.deepEqual(await list({ prefix: 'b', after: 'ba', limit: 10 }), ['bb']);
      assert.deepEqual(await list({ prefix: '', after: '', limit: 1 }), ['ba']);
      await run(on.store, [['buckets', 'update', { ...first, acl: 'public-read' }]]);
      await reopen();
      assert.deepEqual(await on.store.reads.buckets.byId(first.id), { ...first, acl: 'public-read' });
      assert.deepEqual(await on.store.reads.buckets.byName('bb'), { ...first, acl: 'public-read' });
      const retained = { ...first, retention: { id: 'A', days: 3, createdMs: 1000, locked: true } };
      await run(on.store, [['buckets', 'update', retained]]);
      assert.deepEqual(await on.store.reads.buckets.byName('bb'), retained);
      assert.deepEqual(
        (await on.store.reads.buckets.list({ ownerId: '1', prefix: 'bb', after: '', limit: 1 }))[0],
        retained,
      );
      await run(on.store, [['buckets', 'update', first]]);
      assert.deepEqual(await on.store.reads.buckets.byId(first.id), first);
      await run(on.store, [['buckets', 'remove', first.id]]);
      const [again] = await run(on.store, [insert('bb', '1')]);
      assert.notEqual(again.id, first.id);
    });
  });

  describe('settings of buckets', () => {
    const of = (bucketId: number) => on.store.reads.settings.of(bucketId);
    const payer = (bucketId: number, payer: 'Requester' | 'BucketOwner', nowMs = 1) =>
      ['settings', 'put', bucketId, 'requestPayment', { payer }, nowMs] as const;

    test('come back as they were put, one of a name, until they are removed', async () => {
      const [one, two] = [await makeBucket('one'), await makeBucket('two')];
      const tags = [{ key: 'ключ', value: '"\0\u{1F600}' }];
      assert.deepEqual(await of(one), {});
      await run(on.store, [
        payer(one, 'Requester'),
        payer(two, 'Requester'),
        ['settings', 'put', one, 'tags', tags, 2],
      ]);
      await run(on.store, [payer(one, 'BucketOwner', 7)]);
      assert.deepEqual(await of(one), { requestPayment: { payer: 'BucketOwner' }, tags });
      await reopen();
      assert.deepEqual(await of(one), { requestPayment: { payer: 'BucketOwner' }, tags });
      assert.deepEqual(await on.store.reads.settings.get(one, 'requestPayment'), {
        value: { payer: 'BucketOwner' },
        modifiedMs: 7,
      });
      await run(on.store, [['settings', 'remove', one, 'tags']]);
      assert.deepEqual(await of(one), { requestPayment: { payer: 'BucketOwner' } });
      assert.equal(await on.store.reads.settings.get(one, 'tags'), undefined);
      await run(on.store, [['settings', 'removeAll', one]]);
      assert.deepEqual([await of(one), await of(two)], [{}, { requestPayment: { payer: 'Requester' } }]);
    });

    test('are seen by whoever was told of a change, also by one who had asked before', async () => {
      const bucketId = await makeBucket();
      for (const payment of ['Requester', 'BucketOwner', 'Requester'] as const) {
        await of(bucketId);
        await run(on.store, [payer(bucketId, payment)]);
        assert.deepEqual(await of(bucketId), { requestPayment: { payer: payment } });
      }
    });

    test('of a command that fails leave no trace', async () => {
      const bucketId = await makeBucket();
      await run(on.store, [payer(bucketId, 'Requester')], { fail: 'refusal' }).catch(() => undefined);
      assert.deepEqual(await of(bucketId), {});
    });
  });

  describe('named things of buckets', () => {
    const style = (bucketId: number, name: string, content = 'image/info', modifiedMs = 1) =>
      ({ bucketId, kind: 'style', name, value: { content, category: 'image' }, createdMs: 1, modifiedMs }) as const;
    const cname = (bucketId: number, name: string) =>
      ({
        bucketId,
        kind: 'cname',
        name,
        value: { bucket: 'b' },
        createdMs: 1,
        modifiedMs: 1,
      }) as const;
    const put = (item: ReturnType<typeof style> | ReturnType<typeof cname>) => ['items', 'put', item] as const;

    test('are found by name, paged by kind in name order, replaced and removed', async () => {
      const [one, two] = [await makeBucket('one'), await makeBucket('two')];
      const names = ['b', 'a', 'é', '\u{1F600}', '\uFFFD', 'a\0'];
      await run(
        on.store,
        names.map((name) => put(style(one, name))),
      );
      await run(on.store, [
        put(cname(one, 'a')),
        put(style(two, 'a', 'image/resize,w_1')),
        put(style(one, 'b', 'x', 9)),
      ]);
      await reopen();
      assert.deepEqual(await on.store.reads.items.get(one, 'style', 'b'), style(one, 'b', 'x', 9));
      assert.deepEqual(await on.store.reads.items.get(one, 'cname', 'a'), cname(one, 'a'));
      assert.equal(await on.store.reads.items.get(two, 'style', 'b'), undefined);
      const page = async (after: string, limit: number): Promise<string[]> =>
        (await on.store.reads.items.page({ bucketId: one, kind: 'style', after, limit })).map(({ name }) => name);
      assert.deepEqual(await page('', 10), names.toSorted(byBytes));
      assert.deepEqual(await page('a', 2), ['a\0', 'b']);
      await run(on.store, [['items', 'remove', one, 'style', 'b']]);
      assert.deepEqual(await page('a', 2), ['a\0', 'é']);
      await run(on.store, [['items', 'removeAll', one]]);
      assert.deepEqual(await page('', 10), []);
      assert.deepEqual(await on.store.reads.items.get(two, 'style', 'a'), style(two, 'a', 'image/resize,w_1'));
    });

    test('are found by name on whatever bucket, as soon as a change was told and no longer than they stand', async () => {
      const [one, two] = [await makeBucket('one'), await makeBucket('two')];
      const named = async (): Promise<number[]> =>
        (await on.store.reads.items.named('cname', 'img.example.com')).map(({ bucketId }) => bucketId);
      assert.deepEqual(await named(), []);
      await run(on.store, [put(cname(two, 'img.example.com')), put(cname(one, 'img.example.com'))]);
      assert.deepEqual(await named(), [one, two]);
      await run(on.store, [['items', 'remove', one, 'cname', 'img.example.com']]);
      assert.deepEqual(await named(), [two]);
      assert.deepEqual(await on.store.reads.items.named('style', 'img.example.com'), []);
    });
  });
}
