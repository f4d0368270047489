import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { DomainError, isDomainError } from '../../domain/errors.ts';
import type { EventRow } from '../../domain/ports/event-records.ts';
import type { DeleteMarker, ObjectPage, VersionPage } from '../../domain/ports/object-records.ts';
import type { CommitEvent, RecordStore } from '../../domain/ports/record-store.ts';
import type { TaskRow, TaskSearch } from '../../domain/ports/task-records.ts';
import { queueRecordsContract } from './queue-records-contract.ts';
import { run } from './record-commands.ts';
import { identityRow, objectRow, partRow, segment, taskRow, uploadRow } from './record-samples.ts';

/** How a suite gets at one kind of store. All stores opened between `make` and `dispose` are the same one. */
export interface RecordStoreHarness {
  /** Names an empty place. */
  make(): Promise<{
    /** Opens the store there, with the contract's commands. The suite closes it. */
    open(): Promise<RecordStore>;
    /**
     * A program that opens the store, puts objects `k0`, `k1`… into bucket 1 for ever, sixteen at a time, and prints
     * each number once its commit was acknowledged.
     */
    writerProgram(): { command: string; args: string[] };
    dispose(): Promise<void>;
  }>;
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const bucket = {
  name: 'b',
  ownerId: '1',
  createdMs: 1,
  acl: 'private',
  storageClass: 'Standard',
  dataRedundancy: 'LRS',
  versioning: 'Unversioned',
} as const;

/** The definition of a page, on a list in memory. */
function naivePage(
  keys: readonly string[],
  query: { prefix: string; delimiter: string; after: string; limit: number },
): { names: string[]; truncated: boolean } {
  const { prefix, delimiter, after, limit } = query;
  const names: string[] = [];
  for (const key of [...keys].sort(byBytes)) {
    if (!key.startsWith(prefix) || byBytes(key, after) <= 0) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const name = at < 0 ? key : key.slice(0, at + delimiter.length);
    if (at >= 0 && (byBytes(name, after) <= 0 || names.at(-1) === `${name}*`)) continue;
    names.push(at < 0 ? key : `${name}*`);
  }
  return { names: names.slice(0, limit), truncated: limit > 0 && names.length > limit };
}

/** Entries as text: a common prefix has a star. */
const namesOf = (entries: ({ key: string } | { prefix: string })[]): string[] =>
  entries.map((entry) => ('prefix' in entry ? `${entry.prefix}*` : entry.key));

const objectNames = (page: ObjectPage): string[] =>
  namesOf(page.entries.map((entry) => ('object' in entry ? entry.object : entry)));

/** Keys made of few letters, so that they share prefixes, with all that is awkward: NUL, last code points, delimiters. */
const awkwardKey = fc
  .array(fc.constantFrom('a', 'b', '/', '\0', 'é', '\uFFFD', '\u{1F600}', '\u{10FFFF}', '%', '_', "'"), {
    minLength: 1,
    maxLength: 5,
  })
  .map((letters) => letters.join(''));

/** What every record store does, whatever it is made of. */
export function recordStoreContract(harness: RecordStoreHarness): void {
  let place: Awaited<ReturnType<RecordStoreHarness['make']>>;
  let store: RecordStore;
  beforeEach(async () => {
    place = await harness.make();
    store = await place.open();
  });
  afterEach(async () => {
    await store.close();
    await place.dispose();
  });
  const reopen = async (): Promise<void> => {
    await store.close();
    store = await place.open();
  };
  const makeBucket = async (name = 'b'): Promise<number> => {
    const [row] = await run(store, [['buckets', 'insert', { ...bucket, name }]]);
    return row.id;
  };

  describe('transactions', () => {
    test('a command that fails leaves the others of its batch, and no trace of itself', async () => {
      const bucketId = await makeBucket();
      const heard: CommitEvent[] = [];
      store.onCommit((event) => heard.push(event));
      const settled = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => {
          const fail = n % 4 === 1 ? 'refusal' : n % 4 === 3 ? 'defect' : undefined;
          return run(store, [['objects', 'put', objectRow({ bucketId, key: `k${n}` })]], {
            announce: [{ type: 'task-added', kind: `k${n}` }],
            ...(fail === undefined ? {} : { fail }),
          });
        }),
      );
      for (const [n, result] of settled.entries()) {
        const kept = n % 2 === 0;
        assert.equal(result.status, kept ? 'fulfilled' : 'rejected', `k${n}`);
        assert.equal((await store.reads.objects.get(bucketId, `k${n}`)) !== undefined, kept, `k${n}`);
      }
      assert.deepEqual(heard.map((event) => ('kind' in event ? event.kind : '')).sort(), [
        ...['k0', 'k10', 'k12', 'k14', 'k16', 'k18', 'k2', 'k4', 'k6', 'k8'],
      ]);
    });

    test('a refusal keeps its kind and details, and a defect its name and message', async () => {
      const refusal = await run(store, [], { fail: 'refusal' }).catch((error: unknown) => error);
      assert.ok(isDomainError(refusal, 'ObjectExists'));
      assert.equal(refusal.details.key, 'a\0\u{1F600}');
      const defect = await run(store, [], { fail: 'defect' }).catch((error: unknown) => error);
      assert.ok(defect instanceof Error && !(defect instanceof DomainError));
      assert.equal(`${defect.name}: ${defect.message}`, 'RangeError: a defect');
    });

    test('a listener hears of a transaction when its records can be read', async () => {
      const bucketId = await makeBucket();
      const seen: boolean[] = [];
      const stop = store.onCommit(() => void seen.push(store.reads.objects.get(bucketId, 'k') !== undefined));
      const put = [['objects', 'put', objectRow({ bucketId, key: 'k' })]] as const;
      await run(store, put, { announce: [{ type: 'task-ended', taskId: 't' }] });
      stop();
      await run(store, put, { announce: [{ type: 'task-ended', taskId: 't' }] });
      assert.deepEqual(seen, [true]);
    });

    test('commands given in one turn run in the order in which they were given', async () => {
      const bucketId = await makeBucket();
      const sizes = Array.from({ length: 50 }, (_, size) => size);
      await Promise.all(sizes.map((size) => run(store, [['objects', 'put', objectRow({ bucketId, key: 'k', size })]])));
      assert.equal((await store.reads.objects.get(bucketId, 'k'))?.size, 49);
    });

    test('an input that is not plain data is refused without harm to the others', async () => {
      const bucketId = await makeBucket();
      const bad = objectRow({ bucketId, key: 'bad', meta: { f: (() => '') as unknown as string } });
      const [good, refused] = await Promise.allSettled([
        run(store, [['objects', 'put', objectRow({ bucketId, key: 'good' })]]),
        run(store, [['objects', 'put', bad]]),
      ]);
      assert.deepEqual([good.status, refused.status], ['fulfilled', 'rejected']);
    });

    test('a probe commits', async () => {
      await store.probe();
    });

    test('a closed store has kept what was asked of it before, and takes no more', async () => {
      const bucketId = await makeBucket();
      const last = run(store, [['objects', 'put', objectRow({ bucketId, key: 'last' })]]);
      await store.close();
      await last;
      await assert.rejects(run(store, []), /closed/);
      store = await place.open();
      assert.ok(await store.reads.objects.get(bucketId, 'last'));
    });
  });

  describe('projects', () => {
    const row = (name: string, accountId = '1') => ({ accountId, name, createdMs: 1, modifiedMs: 1, about: {} });

    test('are kept by account and name, listed in name order, counted, changed and removed', async () => {
      const names = ['pa', 'pb', 'q_1', 'q%'];
      await run(store, [
        ...names.map((name) => ['projects', 'put', row(name)] as const),
        ['projects', 'put', row('pa', '2')],
      ]);
      const list = async (query: { prefix: string; after: string; limit: number }): Promise<string[]> =>
        (await store.reads.projects.page({ accountId: '1', ...query })).map(({ name }) => name);
      assert.deepEqual(await list({ prefix: '', after: '', limit: 10 }), ['pa', 'pb', 'q%', 'q_1']);
      assert.deepEqual(await list({ prefix: 'q_', after: '', limit: 10 }), ['q_1']);
      assert.deepEqual(await list({ prefix: 'p', after: 'pa', limit: 1 }), ['pb']);
      assert.deepEqual(await run(store, [['projects', 'count', '1']]), [4]);
      const changed = {
        ...row('pa'),
        modifiedMs: 2,
        about: { type: '试', limits: { A: 1 }, tags: [{ key: 'k', value: '' }] },
      };
      await run(store, [
        ['projects', 'put', changed],
        ['projects', 'remove', '1', 'pb'],
      ]);
      await reopen();
      assert.deepEqual(await store.reads.projects.get('1', 'pa'), changed);
      assert.deepEqual(await store.reads.projects.get('2', 'pa'), row('pa', '2'));
      assert.equal(await store.reads.projects.get('1', 'pb'), undefined);
    });

    test('have buckets, of which each has one project', async () => {
      const bind = (bucketId: number, bucket: string, project: string) =>
        ({ bucketId, bucket, project, accountId: '1', description: '', createdMs: 1, modifiedMs: 1 }) as const;
      await run(store, [
        ['bindings', 'put', bind(1, 'b', 'p')],
        ['bindings', 'put', bind(2, 'a', 'p')],
        ['bindings', 'put', bind(3, 'c', 'other')],
      ]);
      await reopen();
      const query = { accountId: '1', project: 'p', after: '', limit: 10 };
      assert.deepEqual(
        (await store.reads.bindings.page(query)).map(({ bucket }) => bucket),
        ['a', 'b'],
      );
      assert.deepEqual((await store.reads.bindings.page({ ...query, after: 'a', limit: 1 })).length, 1);
      assert.deepEqual(await store.reads.bindings.get(3), bind(3, 'c', 'other'));
      await run(store, [['bindings', 'remove', 3]]);
      assert.equal(await store.reads.bindings.get(3), undefined);
    });

    test('find their tasks by what is asked, page by page', async () => {
      const task = (id: string, more: object) => ['tasks', 'insert', taskRow({ id, ...more })] as const;
      const of = (project: string, tags: object = {}) => ({ project, about: { tags } });
      await run(store, [
        task('a', { kind: 'x', accountId: '1', payload: of('p'), createdMs: 30, endedMs: 40, state: 'Failed' }),
        task('b', {
          kind: 'y',
          accountId: '1',
          payload: of('p', { k: 'v' }),
          createdMs: 10,
          endedMs: 50,
          state: 'Succeeded',
        }),
        task('c', { kind: 'x', accountId: '1', payload: of('p'), createdMs: 10, endedMs: 60, state: 'Succeeded' }),
        task('d', { kind: 'x', accountId: '2', payload: of('p'), createdMs: 10 }),
        task('e', { kind: 'x', accountId: '1', payload: of('q'), createdMs: 10 }),
        task('f', { kind: 'x', accountId: '1', payload: null, createdMs: 10 }),
      ]);
      const find = async (more: Partial<TaskSearch>): Promise<string> => {
        const query = { accountId: '1', project: 'p', sort: 'created', order: 'asc', limit: 10, ...more } as const;
        return (await store.reads.tasks.search(query)).map(({ id }) => id).join('');
      };
      assert.equal(await find({}), 'bca');
      assert.equal(await find({ order: 'desc' }), 'acb');
      assert.equal(await find({ sort: 'id', after: { value: 'a', id: 'a' } }), 'bc');
      assert.equal(await find({ sort: 'ended', order: 'desc', limit: 2 }), 'cb');
      assert.equal(await find({ after: { value: 10, id: 'b' } }), 'ca');
      assert.equal(await find({ kinds: ['x'] }), 'ca');
      assert.equal(await find({ kinds: [] }), '');
      assert.equal(await find({ state: 'Succeeded' }), 'bc');
      assert.equal(await find({ tag: { key: 'k', value: 'v' } }), 'b');
      assert.equal(await find({ created: { fromMs: 20, toMs: 30 }, ended: { fromMs: 0, toMs: 40 } }), 'a');
      await run(store, [['tasks', 'remove', 'a']]);
      assert.equal(await store.reads.tasks.get('a'), undefined);
    });
  });

  describe('buckets', () => {
    test('are found by name and id, listed by owner in name order, changed and removed', async () => {
      const insert = (name: string, ownerId: string) => ['buckets', 'insert', { ...bucket, name, ownerId }] as const;
      const [first] = await run(store, [insert('bb', '1'), insert('ba', '1'), insert('c', '1'), insert('bc', '2')]);
      const list = async (query: { prefix: string; after: string; limit: number }): Promise<string[]> =>
        (await store.reads.buckets.list({ ownerId: '1', ...query })).map(({ name }) => name);
      assert.deepEqual(await list({ prefix: '', after: '', limit: 10 }), ['ba', 'bb', 'c']);
      assert.deepEqual(await list({ prefix: 'b', after: 'ba', limit: 10 }), ['bb']);
      assert.deepEqual(await list({ prefix: '', after: '', limit: 1 }), ['ba']);
      await run(store, [['buckets', 'update', { ...first, acl: 'public-read' }]]);
      await reopen();
      assert.deepEqual(await store.reads.buckets.byId(first.id), { ...first, acl: 'public-read' });
      assert.deepEqual(await store.reads.buckets.byName('bb'), { ...first, acl: 'public-read' });
      const retained = { ...first, retention: { id: 'A', days: 3, createdMs: 1000, locked: true } };
      await run(store, [['buckets', 'update', retained]]);
      assert.deepEqual(await store.reads.buckets.byName('bb'), retained);
      assert.deepEqual(
        (await store.reads.buckets.list({ ownerId: '1', prefix: 'bb', after: '', limit: 1 }))[0],
        retained,
      );
      await run(store, [['buckets', 'update', first]]);
      assert.deepEqual(await store.reads.buckets.byId(first.id), first);
      await run(store, [['buckets', 'remove', first.id]]);
      const [again] = await run(store, [insert('bb', '1')]);
      assert.notEqual(again.id, first.id);
    });
  });

  describe('settings of buckets', () => {
    const of = (bucketId: number) => store.reads.settings.of(bucketId);
    const payer = (bucketId: number, payer: 'Requester' | 'BucketOwner', nowMs = 1) =>
      ['settings', 'put', bucketId, 'requestPayment', { payer }, nowMs] as const;

    test('come back as they were put, one of a name, until they are removed', async () => {
      const [one, two] = [await makeBucket('one'), await makeBucket('two')];
      const tags = [{ key: 'ключ', value: '"\0\u{1F600}' }];
      assert.deepEqual(await of(one), {});
      await run(store, [payer(one, 'Requester'), payer(two, 'Requester'), ['settings', 'put', one, 'tags', tags, 2]]);
      await run(store, [payer(one, 'BucketOwner', 7)]);
      assert.deepEqual(await of(one), { requestPayment: { payer: 'BucketOwner' }, tags });
      await reopen();
      assert.deepEqual(await of(one), { requestPayment: { payer: 'BucketOwner' }, tags });
      assert.deepEqual(await store.reads.settings.get(one, 'requestPayment'), {
        value: { payer: 'BucketOwner' },
        modifiedMs: 7,
      });
      await run(store, [['settings', 'remove', one, 'tags']]);
      assert.deepEqual(await of(one), { requestPayment: { payer: 'BucketOwner' } });
      assert.equal(await store.reads.settings.get(one, 'tags'), undefined);
      await run(store, [['settings', 'removeAll', one]]);
      assert.deepEqual([await of(one), await of(two)], [{}, { requestPayment: { payer: 'Requester' } }]);
    });

    test('are seen by whoever was told of a change, also by one who had asked before', async () => {
      const bucketId = await makeBucket();
      for (const payment of ['Requester', 'BucketOwner', 'Requester'] as const) {
        await of(bucketId);
        await run(store, [payer(bucketId, payment)]);
        assert.deepEqual(await of(bucketId), { requestPayment: { payer: payment } });
      }
    });

    test('of a command that fails leave no trace', async () => {
      const bucketId = await makeBucket();
      await run(store, [payer(bucketId, 'Requester')], { fail: 'refusal' }).catch(() => undefined);
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
        store,
        names.map((name) => put(style(one, name))),
      );
      await run(store, [put(cname(one, 'a')), put(style(two, 'a', 'image/resize,w_1')), put(style(one, 'b', 'x', 9))]);
      await reopen();
      assert.deepEqual(await store.reads.items.get(one, 'style', 'b'), style(one, 'b', 'x', 9));
      assert.deepEqual(await store.reads.items.get(one, 'cname', 'a'), cname(one, 'a'));
      assert.equal(await store.reads.items.get(two, 'style', 'b'), undefined);
      const page = async (after: string, limit: number): Promise<string[]> =>
        (await store.reads.items.page({ bucketId: one, kind: 'style', after, limit })).map(({ name }) => name);
      assert.deepEqual(await page('', 10), names.toSorted(byBytes));
      assert.deepEqual(await page('a', 2), ['a\0', 'b']);
      await run(store, [['items', 'remove', one, 'style', 'b']]);
      assert.deepEqual(await page('a', 2), ['a\0', 'é']);
      await run(store, [['items', 'removeAll', one]]);
      assert.deepEqual(await page('', 10), []);
      assert.deepEqual(await store.reads.items.get(two, 'style', 'a'), style(two, 'a', 'image/resize,w_1'));
    });

    test('are found by name on whatever bucket, as soon as a change was told and no longer than they stand', async () => {
      const [one, two] = [await makeBucket('one'), await makeBucket('two')];
      const named = async (): Promise<number[]> =>
        (await store.reads.items.named('cname', 'img.example.com')).map(({ bucketId }) => bucketId);
      assert.deepEqual(await named(), []);
      await run(store, [put(cname(two, 'img.example.com')), put(cname(one, 'img.example.com'))]);
      assert.deepEqual(await named(), [one, two]);
      await run(store, [['items', 'remove', one, 'cname', 'img.example.com']]);
      assert.deepEqual(await named(), [two]);
      assert.deepEqual(await store.reads.items.named('style', 'img.example.com'), []);
    });
  });

  describe('objects', () => {
    test('come back as they were put, whatever the key, and put replaces', async () => {
      const bucketId = await makeBucket();
      for (const key of ['a', 'a\0', 'a\0b', '../../etc', "'; --", '\u{1F600}', '\uFFFD', 'é', 'x'.repeat(1023)]) {
        const row = objectRow({ bucketId, key, size: 2 ** 45, segments: [segment('one'), segment('two', 2 ** 45)] });
        await run(store, [['objects', 'put', row]]);
        assert.deepEqual(await store.reads.objects.get(bucketId, key), row);
        const other = objectRow({ bucketId, key, headers: {}, meta: {}, type: 'Appendable', acl: 'private' });
        await run(store, [['objects', 'put', other]]);
        assert.deepEqual(await store.reads.objects.get(bucketId, key), other);
        await run(store, [['objects', 'remove', bucketId, key]]);
        assert.equal(await store.reads.objects.get(bucketId, key), undefined);
      }
      assert.equal(await store.reads.objects.any(bucketId), false);
    });

    test('of other buckets are not seen', async () => {
      const [one, two] = [await makeBucket('one'), await makeBucket('two')];
      await run(store, [['objects', 'put', objectRow({ bucketId: two, key: 'k' })]]);
      assert.equal(await store.reads.objects.any(one), false);
      assert.equal(await store.reads.objects.get(one, 'k'), undefined);
      const page = await store.reads.objects.page({ bucketId: one, prefix: '', delimiter: '', after: '', limit: 10 });
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
              store,
              keys.map((key) => ['objects', 'put', objectRow({ bucketId, key })] as const),
            );
            const page = await store.reads.objects.page({ bucketId, ...query });
            const expected = naivePage(keys, query);
            assert.deepEqual(objectNames(page), expected.names);
            assert.equal(page.truncated, expected.truncated);
          },
        ),
        { numRuns: 150 },
      );
    });

    test('are all seen once by paging through them, with and without common prefixes', async () => {
      const bucketId = await makeBucket();
      const keys = Array.from({ length: 700 }, (_, n) => `${n % 7}/${n % 3}/${String(n).padStart(4, '0')}`);
      await run(
        store,
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
          const page = await store.reads.objects.page({ bucketId, prefix, delimiter, after, limit });
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
        store,
        keys.map((key) => ['objects', 'put', objectRow({ bucketId, key })] as const),
      );
      let writing = true;
      const writer = (async () => {
        for (let n = 0; writing; n++) {
          const key = `k${String(n % 300).padStart(3, '0')}x`;
          await run(store, [['objects', 'put', objectRow({ bucketId, key })]]);
          await run(store, [['objects', 'remove', bucketId, key]]);
        }
      })();
      for (let round = 0; round < 5; round++) {
        const seen: string[] = [];
        for (let after = '', truncated = true; truncated; ) {
          const page = await store.reads.objects.page({ bucketId, prefix: 'k', delimiter: '', after, limit: 17 });
          seen.push(...objectNames(page));
          truncated = page.truncated;
          after = seen.at(-1) ?? '';
          // Lets the writer get a turn between pages.
          await store.probe();
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
        await run(store, [
          ['versions', 'put', old],
          ['versions', 'put', gone],
        ]);
        assert.deepEqual(await store.reads.versions.get(bucketId, key, 'v1'), old);
        assert.deepEqual(await store.reads.versions.get(bucketId, key, 'v2'), gone);
        assert.deepEqual(await store.reads.versions.newest(bucketId, key), gone);
        assert.equal(await store.reads.versions.get(bucketId, key, 'v3'), undefined);
        assert.equal(await store.reads.objects.get(bucketId, key), undefined);
        const other = { ...old, acl: 'private', traits: {} } as const;
        await run(store, [
          ['versions', 'put', other],
          ['versions', 'remove', bucketId, key, 'v2'],
        ]);
        assert.deepEqual(await store.reads.versions.newest(bucketId, key), other);
      }
      await reopen();
      assert.equal(await store.reads.versions.any(bucketId), true);
      assert.equal(await store.reads.versions.any(await makeBucket('other')), false);
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
            await run(store, steps);
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
              const page = await store.reads.versions.page(query);
              seen.push(...listed(page));
              truncated = page.truncated;
              const last = page.entries.at(-1);
              if (last && 'prefix' in last) [afterKey, afterVersion] = [last.prefix, ''];
              else if (last) [afterKey, afterVersion] = [last.version.key, last.version.versionId];
            }
            assert.deepEqual(seen, expected);
          },
        ),
        { numRuns: 100 },
      );
    });

    test('are paged from the newest of a key again when the one that a page ended at is gone', async () => {
      const bucketId = await makeBucket();
      const versions = [3, 2, 1].map((n) => objectRow({ bucketId, key: 'k', versionId: `v${n}`, rank: -n }));
      await run(
        store,
        versions.map((row) => ['versions', 'put', row] as const),
      );
      const after = async (afterVersion: string): Promise<string[]> =>
        listed(
          await store.reads.versions.page({
            bucketId,
            prefix: '',
            delimiter: '',
            afterKey: 'k',
            afterVersion,
            limit: 10,
          }),
        );
      assert.deepEqual(await after('v2'), ['k v1']);
      await run(store, [['versions', 'remove', bucketId, 'k', 'v2']]);
      assert.deepEqual(await after('v2'), ['k v3', 'k v1']);
      assert.deepEqual(await after(''), []);
    });

    test('count among the users of a blob', async () => {
      const bucketId = await makeBucket();
      await run(store, [
        ['blobs', 'insert', { id: 'shared', length: 5, crc64: '1' }],
        ['objects', 'put', objectRow({ bucketId, key: 'current', segments: [segment('shared')] })],
        ['versions', 'put', objectRow({ bucketId, key: 'old', rank: 1, segments: [segment('shared')] })],
        ['versions', 'put', objectRow({ bucketId, key: 'old', versionId: 'v', segments: [segment('shared')] })],
      ]);
      assert.deepEqual(await store.reads.blobs.users('shared'), [
        { bucket: 'b', key: 'current' },
        { bucket: 'b', key: 'old' },
      ]);
    });
  });

  describe('uploads', () => {
    test('keep a thousand parts in number order, and replace a part of the same number', async () => {
      const bucketId = await makeBucket();
      const upload = uploadRow({ id: 'U1', bucketId, key: 'k', sequential: true, meta: { a: 'b' } });
      await run(store, [['uploads', 'insert', upload]]);
      const numbers = Array.from({ length: 1000 }, (_, n) => ((n * 7) % 1000) + 1);
      const put = (number: number, etag: string) =>
        ['uploads', 'putPart', partRow({ uploadId: 'U1', number, etag })] as const;
      await run(
        store,
        numbers.map((number) => put(number, 'OLD')),
      );
      await Promise.all(numbers.map((number) => run(store, [put(number, `E${number}`)])));
      const parts = await store.reads.uploads.parts('U1', 0, 10_000);
      assert.deepEqual(
        parts,
        numbers.toSorted((a, b) => a - b).map((number) => partRow({ uploadId: 'U1', number, etag: `E${number}` })),
      );
      assert.deepEqual(
        (await store.reads.uploads.parts('U1', 997, 2)).map(({ number }) => number),
        [998, 999],
      );
      const [part, none] = await run(store, [
        ['uploads', 'part', 'U1', 500],
        ['uploads', 'part', 'U1', 1001],
      ]);
      assert.equal(part?.etag, 'E500');
      assert.equal(none, undefined);
      assert.deepEqual(await store.reads.uploads.get('U1'), upload);
      await run(store, [['uploads', 'remove', 'U1']]);
      assert.equal(await store.reads.uploads.get('U1'), undefined);
      assert.deepEqual(await store.reads.uploads.parts('U1', 0, 10), []);
      assert.equal(await store.reads.uploads.any(bucketId), false);
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
        store,
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
        const { entries, truncated } = await store.reads.uploads.page({ ...defaults, ...query });
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

  describe('blobs', () => {
    test('live as long as references to them, and become garbage with the last', async () => {
      const twice = [segment('one'), segment('one'), segment('two')];
      await run(store, [
        ['blobs', 'insert', { id: 'one', length: 5, crc64: '7' }],
        ['blobs', 'insert', { id: 'two', length: 5, crc64: '7' }],
        ['blobs', 'retain', twice],
        ['blobs', 'retain', [segment('one')]],
        ['blobs', 'release', twice, 5000],
      ]);
      assert.deepEqual([...(await store.reads.blobs.known(['one', 'two', 'three']))], ['one', 'two']);
      assert.deepEqual(await store.reads.blobs.garbage(5001, 10), ['two']);
      assert.deepEqual(await store.reads.blobs.garbage(5000, 10), []);
      assert.deepEqual(await store.reads.blobs.page('', 10), [{ id: 'one', length: 5, crc64: '7' }]);
      assert.deepEqual(await store.reads.blobs.page('one', 10), []);
      await run(store, [['blobs', 'release', [segment('one')], 6000]]);
      assert.deepEqual(await store.reads.blobs.garbage(9000, 10), ['two', 'one']);
      assert.deepEqual(await store.reads.blobs.garbage(9000, 1), ['two']);
      await run(store, [['blobs', 'forget', ['two', 'one', 'never']]]);
      assert.deepEqual(await store.reads.blobs.garbage(9000, 10), []);
      assert.deepEqual([...(await store.reads.blobs.known(['one', 'two']))], []);
    });

    test('kept inline give their bytes, also when these were a view, until they are forgotten', async () => {
      const large = new Uint8Array(65_536).fill(7);
      const bytes = large.subarray(100, 105);
      await run(store, [
        ['blobs', 'insert', { id: 'in', length: 5, crc64: '7', data: bytes }],
        ['blobs', 'insert', { id: 'empty', length: 0, crc64: '7', data: new Uint8Array() }],
        ['blobs', 'insert', { id: 'out', length: 5, crc64: '7' }],
        ['blobs', 'retain', [segment('in'), segment('empty'), segment('out')]],
      ]);
      await reopen();
      assert.deepEqual(
        Uint8Array.from((await store.reads.blobs.content('in'))?.data ?? []),
        Uint8Array.of(7, 7, 7, 7, 7),
      );
      assert.equal((await store.reads.blobs.content('empty'))?.data?.length, 0);
      assert.deepEqual(await store.reads.blobs.content('out'), {});
      assert.equal(await store.reads.blobs.content('none'), undefined);
      await run(store, [['blobs', 'release', [segment('in'), segment('empty')], 1]]);
      // An answer that found its object before the release may still be about to read.
      assert.equal((await store.reads.blobs.content('in'))?.data?.length, 5);
      assert.deepEqual(await store.reads.blobs.garbage(10, 10), ['empty', 'in']);
      await run(store, [['blobs', 'forget', ['in', 'empty']]]);
      // A store may keep bytes in memory for longer: under an id that nothing refers to they harm nobody.
      await reopen();
      assert.equal(await store.reads.blobs.content('in'), undefined);
      assert.equal(await store.reads.blobs.content('empty'), undefined);
    });

    test('keep the seal of what is encrypted, inline or not', async () => {
      await run(store, [
        ['blobs', 'insert', { id: 'in', length: 1, crc64: '7', data: Uint8Array.of(1), seal: 'AES256.k.one' }],
        ['blobs', 'insert', { id: 'out', length: 5, crc64: '7', seal: 'SM4.k.two' }],
        ['blobs', 'retain', [segment('in'), segment('out')]],
      ]);
      await reopen();
      assert.equal((await store.reads.blobs.content('in'))?.seal, 'AES256.k.one');
      assert.equal((await store.reads.blobs.content('in', { fresh: true }))?.seal, 'AES256.k.one');
      assert.deepEqual(await store.reads.blobs.content('out'), { seal: 'SM4.k.two' });
      assert.deepEqual(
        (await store.reads.blobs.page('', 10)).map(({ seal }) => seal),
        ['AES256.k.one', 'SM4.k.two'],
      );
    });

    test('that are not recorded cannot be referred to', async () => {
      await assert.rejects(run(store, [['blobs', 'retain', [segment('none')]]]), /none/);
      await assert.rejects(run(store, [['blobs', 'release', [segment('none')], 1]]), /none/);
    });
  });

  describe('tasks', () => {
    test('keep the object version they were given until it is taken from them, after a restart too', async () => {
      const object = objectRow({
        bucketId: 1,
        key: '报告.docx',
        segments: [{ blob: 'b', offset: 1, length: 2, crc64: '3' }],
      });
      await run(store, [['tasks', 'pin', 'a', object]]);
      await reopen();
      assert.deepEqual(await store.reads.tasks.pinned('a'), object);
      assert.equal(await store.reads.tasks.pinned('b'), undefined);
      await run(store, [['tasks', 'unpin', 'a']]);
      assert.equal(await store.reads.tasks.pinned('a'), undefined);
    });

    test('come back as they were put, and are paged newest first by state and kind', async () => {
      const rows = [
        taskRow({ id: 'a', createdMs: 1, payload: { deep: [{ 值: null }] } }),
        taskRow({ id: 'b', createdMs: 2, kind: 'video', state: 'Failed', code: 'X', message: 'because' }),
        taskRow({ id: 'c', createdMs: 3, state: 'Succeeded', result: { key: 'out' }, progress: 100 }),
        taskRow({ id: 'd', createdMs: 4, kind: 'video', state: 'Succeeded', leaseToken: 3, attempts: 2, crashes: 1 }),
      ];
      await run(
        store,
        rows.map((row) => ['tasks', 'insert', row] as const),
      );
      await reopen();
      for (const row of rows) assert.deepEqual(await store.reads.tasks.get(row.id), row);
      const page = async (query: {
        state?: 'Running' | 'Succeeded' | 'Failed';
        kind?: string;
        beforeMs?: number;
        limit?: number;
      }) => (await store.reads.tasks.page({ beforeMs: 100, limit: 10, ...query })).map(({ id }) => id).join('');
      assert.equal(await page({}), 'dcba');
      assert.equal(await page({ beforeMs: 3 }), 'ba');
      assert.equal(await page({ limit: 2 }), 'dc');
      assert.equal(await page({ state: 'Succeeded' }), 'dc');
      assert.equal(await page({ kind: 'video' }), 'db');
      assert.equal(await page({ kind: 'video', state: 'Failed' }), 'b');
      assert.deepEqual(await store.reads.tasks.counts(), [
        { kind: 'process', waiting: 1, running: 0, succeeded: 1, failed: 0 },
        { kind: 'video', waiting: 0, running: 0, succeeded: 1, failed: 1 },
      ]);
    });

    test('are claimable when no lease holds them and their time has come, oldest first', async () => {
      await run(store, [
        ['tasks', 'insert', taskRow({ id: 'new', createdMs: 3000 })],
        ['tasks', 'insert', taskRow({ id: 'old', createdMs: 1000, notBeforeMs: 5000 })],
        [
          'tasks',
          'insert',
          taskRow({ id: 'leased', createdMs: 500, leaseOwner: 'p', leaseUntilMs: 6000, leaseToken: 1 }),
        ],
        ['tasks', 'insert', taskRow({ id: 'released', createdMs: 2000, leaseOwner: '', leaseUntilMs: 9000 })],
        ['tasks', 'insert', taskRow({ id: 'ended', createdMs: 1, state: 'Failed' })],
        ['tasks', 'insert', taskRow({ id: 'other', createdMs: 1, kind: 'video', leaseOwner: 'q', leaseUntilMs: 100 })],
      ]);
      const claimable = async (nowMs: number): Promise<string | undefined> => {
        const [row] = await run(store, [['tasks', 'claimable', { kind: 'process', nowMs, tenant: '' }]]);
        return row?.id;
      };
      assert.equal(await claimable(4000), 'released');
      assert.equal(await claimable(5000), 'old');
      assert.equal(await claimable(6000), 'leased');
      assert.equal(await claimable(100), undefined);
      const [leased] = await run(store, [['tasks', 'leasedBy', 'p']]);
      assert.deepEqual(
        leased.map(({ id }) => id),
        ['leased'],
      );
      assert.deepEqual(await store.reads.tasks.counts(), [
        { kind: 'process', waiting: 3, running: 1, succeeded: 0, failed: 1 },
        { kind: 'video', waiting: 0, running: 1, succeeded: 0, failed: 0 },
      ]);
    });

    test('are claimable by priority, then by turns of their tenants, then by age', async () => {
      const inserted = [
        taskRow({ id: 'a1', tenant: 'a', createdMs: 1000 }),
        taskRow({ id: 'a2', tenant: 'a', createdMs: 2000 }),
        taskRow({ id: 'b1', tenant: 'b', createdMs: 3000 }),
        taskRow({ id: 'c1', tenant: 'c', createdMs: 3000, priority: -1 }),
        taskRow({ id: 'd1', tenant: 'd', createdMs: 9000, priority: 5, kind: 'video' }),
      ];
      await run(
        store,
        inserted.map((row) => ['tasks', 'insert', row] as const),
      );
      const after = async (tenant: string): Promise<TaskRow | undefined> =>
        (await run(store, [['tasks', 'claimable', { kind: 'process', nowMs: 9999, tenant }]]))[0];
      assert.deepEqual(
        [(await after(''))?.id, (await after('a'))?.id, (await after('b'))?.id, (await after('zz'))?.id],
        ['a1', 'b1', 'a1', 'a1'],
      );
      for (const row of inserted.slice(0, 3))
        await run(store, [['tasks', 'update', { ...row, leaseOwner: 'p', leaseUntilMs: 99_999 }]]);
      assert.equal((await after('d'))?.id, 'c1');
      await run(store, [['tasks', 'update', { ...taskRow({ id: 'c1' }), priority: 9, createdMs: 3000 }]]);
      assert.equal((await store.reads.tasks.get('c1'))?.priority, 9);
      assert.deepEqual((await run(store, [['tasks', 'turn', 'process']]))[0], '');
      await run(store, [
        ['tasks', 'setTurn', 'process', 'a'],
        ['tasks', 'setTurn', 'process', 'b'],
      ]);
      assert.deepEqual((await run(store, [['tasks', 'turn', 'process']]))[0], 'b');
      assert.deepEqual(await store.reads.tasks.waitingSince(), [
        { kind: 'process', createdMs: 3000 },
        { kind: 'video', createdMs: 9000 },
      ]);
    });

    test('follow their lease through claim, renewal, release and end', async () => {
      const task = taskRow({ id: 't', createdMs: 1000 });
      const claimed = { ...task, leaseOwner: 'p', leaseToken: 1, leaseUntilMs: 5000, attempts: 1, startedMs: 2000 };
      const look = async (nowMs: number) => {
        const [row, next] = await run(store, [
          ['tasks', 'claimable', { kind: 'process', nowMs, tenant: '' }],
          ['tasks', 'nextClaimableMs', 'process'],
        ]);
        return [row === undefined ? 0 : 1, next];
      };
      assert.deepEqual(await look(9000), [0, undefined]);
      await run(store, [['tasks', 'insert', task]]);
      assert.deepEqual(await look(2000), [1, 0]);
      await run(store, [['tasks', 'update', claimed]]);
      assert.deepEqual(await look(4999), [0, 5000]);
      assert.deepEqual(await look(5000), [1, 5000]);
      await run(store, [['tasks', 'update', { ...claimed, leaseUntilMs: 9000, progress: 40 }]]);
      assert.deepEqual(await look(8999), [0, 9000]);
      await run(store, [['tasks', 'update', { ...claimed, leaseOwner: '', leaseUntilMs: 0, notBeforeMs: 9500 }]]);
      assert.deepEqual(await look(9400), [0, 9500]);
      assert.deepEqual((await run(store, [['tasks', 'leasedBy', 'p']]))[0], []);
      await run(store, [['tasks', 'update', { ...claimed, state: 'Succeeded', leaseOwner: '', endedMs: 9600 }]]);
      assert.deepEqual(await look(99_000), [0, undefined]);
      assert.equal((await store.reads.tasks.get('t'))?.leaseToken, 1);
    });

    test('that ended are removed by age, some at a time', async () => {
      const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
      const states = ['Succeeded', 'Failed', 'Running'] as const;
      await run(
        store,
        ids.map(
          (id, n) => ['tasks', 'insert', taskRow({ id, createdMs: n, state: states[n % 3] ?? 'Running' })] as const,
        ),
      );
      const remove = async (beforeMs: number, limit: number) =>
        (await run(store, [['tasks', 'removeEnded', beforeMs, limit]]))[0];
      assert.equal(await remove(4, 10), 3);
      assert.equal(await remove(100, 1), 1);
      assert.equal(await remove(100, 10), 0);
      assert.deepEqual(await store.reads.tasks.counts(), [
        { kind: 'process', waiting: 2, running: 0, succeeded: 0, failed: 0 },
      ]);
    });
  });

  describe('events', () => {
    test('are next by the time they are due, paged newest first, and removed once they are settled and old', async () => {
      const event = (id: string, more: Partial<Omit<EventRow, 'number'>> = {}) => ({
        ...{ id, type: 't', body: `{"é":"${id}"}`, state: 'Pending' as const, createdMs: 1000, dueMs: 1000 },
        ...{ attempts: 0, triedMs: 0, outcome: '' },
        ...more,
      });
      const inserted = [event('a', { dueMs: 3000 }), event('b', { dueMs: 2000 }), event('c', { state: 'Failed' })];
      await run(
        store,
        inserted.map((row) => ['events', 'insert', row] as const),
      );
      await reopen();
      const ids = (rows: readonly EventRow[]) => rows.map(({ id }) => id).join('');
      const { events } = store.reads;
      assert.equal(ids(await events.next(5)), 'ba');
      assert.equal(ids(await events.next(1)), 'b');
      assert.equal(ids(await events.page({ before: 99, limit: 2 })), 'cb');
      assert.equal(ids(await events.page({ before: 2, limit: 2 })), 'a');
      assert.equal(ids(await events.page({ state: 'Pending', before: 99, limit: 9 })), 'ba');
      const [first] = await events.next(1);
      assert.ok(first);
      assert.partialDeepStrictEqual(first, inserted[1] ?? {});
      await run(store, [
        ['events', 'update', { ...first, state: 'Delivered', attempts: 1, triedMs: 5, outcome: '200' }],
      ]);
      const [delivered] = await run(store, [['events', 'get', first.number]]);
      assert.partialDeepStrictEqual(delivered, { state: 'Delivered', attempts: 1, triedMs: 5, outcome: '200' });
      assert.equal((await run(store, [['events', 'removeSettled', 1000, 9]]))[0], 0);
      assert.equal((await run(store, [['events', 'removeSettled', 1001, 1]]))[0], 1);
      assert.equal((await run(store, [['events', 'removeSettled', 1001, 9]]))[0], 1);
      assert.equal(ids(await store.reads.events.page({ before: 99, limit: 9 })), 'a');
    });
  });

  queueRecordsContract(() => store);

  describe('identities', () => {
    const insert = <K extends 'user' | 'group' | 'role' | 'policy'>(kind: K, name: string, accountId = '1') =>
      ['identities', 'insert', identityRow({ kind, name, accountId, uid: `${accountId}${name}` })] as const;

    test('are found by kind and name in any case, by uid and number, changed and removed', async () => {
      const [ann, group, other] = await run(store, [
        insert('user', 'Ann'),
        insert('group', 'ann'),
        insert('user', 'ann', '2'),
      ]);
      await reopen();
      assert.deepEqual(await store.reads.identities.byName('user', '1', 'aNN'), ann);
      assert.deepEqual(await store.reads.identities.byName('group', '1', 'ANN'), group);
      assert.equal(await store.reads.identities.byName('role', '1', 'ann'), undefined);
      assert.deepEqual(await store.reads.identities.byUid('user', '2ann'), other);
      assert.equal(await store.reads.identities.byUid('group', '2ann'), undefined);
      const renamed = { ...ann, name: 'Beth', modifiedMs: 2000, about: { ...ann.about, comments: 'changed' } };
      await run(store, [['identities', 'update', renamed]]);
      assert.deepEqual(await store.reads.identities.byId(ann.id), renamed);
      assert.equal(await store.reads.identities.byName('user', '1', 'ann'), undefined);
      await run(store, [['identities', 'remove', ann.id]]);
      assert.equal(await store.reads.identities.byId(ann.id), undefined);
      const [again] = await run(store, [insert('user', 'Ann')]);
      assert.ok(again.id > other.id, 'numbers are not used again');
    });

    test('are paged by kind and account in the order in which they were made', async () => {
      const rows = await run(store, [
        insert('policy', 'z'),
        insert('policy', 'a'),
        insert('role', 'r'),
        insert('policy', 'b', '2'),
        insert('policy', 'm'),
      ]);
      const page = async (after: number, limit: number): Promise<string[]> =>
        (await store.reads.identities.page({ kind: 'policy', accountId: '1', after, limit })).map(({ name }) => name);
      assert.deepEqual(await page(0, 10), ['z', 'a', 'm']);
      assert.deepEqual(await page(rows[0].id, 1), ['a']);
    });

    test('have keys, memberships, attachments and versions, oldest first', async () => {
      const [user, group, policy] = await run(store, [
        insert('user', 'ann'),
        insert('group', 'g'),
        insert('policy', 'p'),
      ]);
      const key = { id: 'K1', userId: user.id, sealedSecret: 's', active: true, createdMs: 2000 };
      const attached = { holderId: user.id, policyType: 'Custom', policyName: 'p', attachedMs: 2000 } as const;
      const ofGroup = { ...attached, holderId: group.id, attachedMs: 1000 };
      const member = { groupId: group.id, userId: user.id, joinedMs: 1000 };
      const version = (number: number) => ({
        policyId: policy.id,
        number,
        createdMs: number,
        document: `{"${number}":1}`,
      });
      await run(store, [
        ['accessKeys', 'insert', key],
        ['accessKeys', 'insert', { ...key, id: 'K0', createdMs: 1000 }],
        ['accessKeys', 'update', { ...key, active: false }],
        ['memberships', 'insert', member],
        ['attachments', 'insert', attached],
        ['attachments', 'insert', ofGroup],
        ['attachments', 'insert', { ...attached, policyType: 'System', attachedMs: 3000 }],
        ['policyVersions', 'insert', version(2)],
        ['policyVersions', 'insert', version(1)],
        ['accounts', 'put', '1', 'publicAccessBlock', { block: false }],
        ['accounts', 'put', '1', 'publicAccessBlock', { block: true }],
      ]);
      await reopen();
      const { accessKeys, memberships, attachments, policyVersions, accounts } = store.reads;
      assert.deepEqual(await accessKeys.get('K1'), { ...key, active: false });
      assert.deepEqual(
        (await accessKeys.ofUser(user.id)).map(({ id }) => id),
        ['K0', 'K1'],
      );
      assert.deepEqual(await memberships.ofUser(user.id), [member]);
      assert.deepEqual(await memberships.ofGroup(group.id), [member]);
      assert.deepEqual(
        (await attachments.ofHolder(user.id)).map(({ policyType }) => policyType),
        ['Custom', 'System'],
      );
      assert.deepEqual(await attachments.ofPolicy('1', 'Custom', 'P'), [ofGroup, attached]);
      assert.deepEqual(await attachments.ofPolicy('2', 'Custom', 'p'), []);
      assert.deepEqual(await policyVersions.ofPolicy(policy.id), [version(1), version(2)]);
      assert.deepEqual(await accounts.get('1', 'publicAccessBlock'), { block: true });
      const [found] = await run(store, [
        ['attachments', 'get', user.id, 'Custom', 'P'],
        ['attachments', 'remove', user.id, 'Custom', 'p'],
        ['memberships', 'remove', group.id, user.id],
        ['accessKeys', 'remove', 'K1'],
        ['policyVersions', 'remove', policy.id, 1],
        ['accounts', 'remove', '1', 'publicAccessBlock'],
      ]);
      assert.deepEqual(found, attached);
      const [gone, left] = await run(store, [
        ['attachments', 'get', user.id, 'Custom', 'p'],
        ['memberships', 'get', group.id, user.id],
      ]);
      assert.deepEqual([gone, left], [undefined, undefined]);
      assert.equal(await store.reads.accessKeys.get('K1'), undefined);
      assert.deepEqual(await store.reads.policyVersions.get(policy.id, 2), version(2));
      assert.equal(await store.reads.accounts.get('1', 'publicAccessBlock'), undefined);
    });
  });

  describe('a process killed while it writes', () => {
    test('has lost nothing that it was told was done, three times in a row', async () => {
      await makeBucket();
      await store.close();
      let first = 0;
      for (let round = 1; round <= 3; round++) {
        const acknowledged = await killedWriter(place.writerProgram(), first, 200 * round);
        store = await place.open();
        for (const n of acknowledged) assert.equal((await store.reads.objects.get(1, `k${n}`))?.size, n, `k${n}`);
        await store.close();
        first = Math.max(...acknowledged) + 1;
      }
      store = await place.open();
    });
  });
}

/** Runs a writer until it has acknowledged `count` puts, kills it, and gives the numbers of all it acknowledged. */
async function killedWriter(
  program: { command: string; args: string[] },
  first: number,
  count: number,
): Promise<Set<number>> {
  const args = [...program.args, String(first)];
  const child: ChildProcess = spawn(program.command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const acknowledged = new Set<number>();
  if (child.stdout === null) throw new Error('The writer has no output.');
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.add(Number(line));
    if (acknowledged.size === count) child.kill('SIGKILL');
  }
  await exited;
  assert.ok(acknowledged.size >= count, 'the writer ended before it was killed');
  return acknowledged;
}
