import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { IngestionRow } from '../../../domain/ports/ingestion-records.ts';
import { run } from '../record-commands.ts';
import type { RecordsUnderTest } from './records-under-test.ts';

export function datasetRecordContract(on: RecordsUnderTest): void {
  const at = { accountId: '1', project: 'p' };

  describe('datasets', () => {
    test('are kept by project and name, and count their files', async () => {
      const dataset = (name: string, project = 'p') => ({
        ...at,
        project,
        name,
        createdMs: 1,
        modifiedMs: 1,
        about: {},
      });
      const file = (uri: string, size: number, of = 'd') => ({
        ...{ ...at, dataset: of, uri, size, createdMs: 1, modifiedMs: 2 },
        file: { found: { Size: size, 试: [1, { a: null }] }, said: {} },
      });
      await run(on.store, [
        ...['d', 'e'].map((name) => ['datasets', 'put', dataset(name)] as const),
        ['datasets', 'put', dataset('d', 'q')],
        ...['oss://b/a', 'oss://b/%', 'oss://b/文'].map(
          (uri, index) => ['fileMetas', 'put', file(uri, index)] as const,
        ),
        ['fileMetas', 'put', file('oss://b/a', 7, 'e')],
      ]);
      const { reads } = on.store;
      const names = async (query: { prefix: string; after: string }) =>
        (await reads.datasets.page({ ...at, ...query, limit: 10 })).map(({ name }) => name);
      assert.deepEqual(await names({ prefix: '', after: '' }), ['d', 'e']);
      assert.deepEqual(await names({ prefix: 'd', after: '' }), ['d']);
      assert.deepEqual(await names({ prefix: '', after: 'd' }), ['e']);
      assert.deepEqual(await reads.datasets.totals({ ...at, name: 'd' }), { files: 3, bytes: 3 });
      assert.deepEqual(await reads.datasets.totals({ ...at, name: 'none' }), { files: 0, bytes: 0 });
      const changed = { ...file('oss://b/a', 9), modifiedMs: 3 };
      await run(on.store, [
        ['fileMetas', 'put', { ...changed, createdMs: 1 }],
        ['fileMetas', 'remove', { ...at, dataset: 'd', uri: 'oss://b/%' }],
        ['datasets', 'put', { ...dataset('e'), modifiedMs: 5, about: { description: '试', limits: { A: 1 } } }],
        ['datasets', 'remove', { ...at, project: 'q', name: 'd' }],
      ]);
      await on.reopen();
      const files = await on.store.reads.fileMetas.page({ ...at, dataset: 'd', after: '', limit: 10 });
      assert.deepEqual(files, [changed, file('oss://b/文', 2)]);
      assert.deepEqual(
        await on.store.reads.fileMetas.get({ ...at, dataset: 'e', uri: 'oss://b/a' }),
        file('oss://b/a', 7, 'e'),
      );
      assert.equal((await on.store.reads.datasets.get({ ...at, name: 'e' }))?.about.description, '试');
      assert.equal(await on.store.reads.datasets.get({ ...at, project: 'q', name: 'd' }), undefined);
    });
  });

  describe('ingestions', () => {
    test('are listed by kind, and those at work by themselves; arrivals come in their order', async () => {
      const ingestion = (id: string, more: Partial<IngestionRow> = {}): IngestionRow => ({
        ...{ ...at, id, kind: 'trigger', bucketId: 4, bucket: 'b', prefix: 'in/', state: 'Running', scanned: true },
        ...{ marker: '', submitted: 0, failed: 0, skipped: 0, createdMs: 1, modifiedMs: 1 },
        about: { asker: { who: { kind: 'account', accountId: '1', accessKeyId: 'k' }, facts: {} }, wire: {} },
        ...more,
      });
      const rows = [
        ingestion('t1'),
        ingestion('t2', { state: 'Suspended' }),
        ingestion('t3', { kind: 'batch', state: 'Succeeded', scanned: false }),
        ingestion('t4', { project: 'q', state: 'Ready' }),
      ];
      await run(on.store, [
        ...rows.map((row) => ['ingestions', 'put', row] as const),
        ...['t1', 't2', 't1'].map(
          (ingestionId, index) => ['arrivals', 'insert', { ingestionId, key: `k${index}`, createdMs: index }] as const,
        ),
      ]);
      const page = async (kind: 'batch' | 'trigger', after = '') =>
        (await on.store.reads.ingestions.page({ ...at, kind, after, limit: 10 })).map(({ id }) => id);
      assert.deepEqual(await page('trigger'), ['t1', 't2']);
      assert.deepEqual(await page('trigger', 't1'), ['t2']);
      assert.deepEqual(await page('batch'), ['t3']);
      assert.deepEqual(
        (await on.store.reads.ingestions.active()).map(({ id }) => id),
        ['t1', 't2', 't4'],
      );
      const [first, second] = await on.store.reads.arrivals.next(0, 10);
      assert.deepEqual([first?.key, second?.key], ['k0', 'k2'], 'those of suspended ones wait');
      const number = first?.number ?? 0;
      assert.deepEqual(
        (await on.store.reads.arrivals.next(number, 10)).map(({ key }) => key),
        ['k2'],
      );
      const resumed = ingestion('t2', {
        submitted: 3,
        marker: 'm',
        about: { ...ingestion('').about, tags: { k: 'v' } },
      });
      await run(on.store, [
        ['ingestions', 'put', resumed],
        ['arrivals', 'remove', number],
      ]);
      await on.reopen();
      assert.deepEqual(await on.store.reads.ingestions.get('t2'), resumed);
      assert.deepEqual(
        (await on.store.reads.arrivals.next(0, 10)).map(({ key }) => key),
        ['k1', 'k2'],
      );
      await run(on.store, [
        ['arrivals', 'removeOf', 't2'],
        ['ingestions', 'remove', 't1'],
      ]);
      assert.deepEqual(await on.store.reads.arrivals.next(0, 10), []);
    });
  });
}
