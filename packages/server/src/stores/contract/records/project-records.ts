import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TaskSearch } from '../../../domain/ports/task-records.ts';
import { run } from '../record-commands.ts';
import { taskRow } from '../record-samples.ts';
import type { RecordsUnderTest } from './records-under-test.ts';

export function projectRecordContract(on: RecordsUnderTest): void {
  describe('projects', () => {
    const row = (name: string, accountId = '1') => ({ accountId, name, createdMs: 1, modifiedMs: 1, about: {} });

    test('are kept by account and name, listed in name order, counted, changed and removed', async () => {
      const names = ['pa', 'pb', 'q_1', 'q%'];
      await run(on.store, [
        ...names.map((name) => ['projects', 'put', row(name)] as const),
        ['projects', 'put', row('pa', '2')],
      ]);
      const list = async (query: { prefix: string; after: string; limit: number }): Promise<string[]> =>
        (await on.store.reads.projects.page({ accountId: '1', ...query })).map(({ name }) => name);
      assert.deepEqual(await list({ prefix: '', after: '', limit: 10 }), ['pa', 'pb', 'q%', 'q_1']);
      assert.deepEqual(await list({ prefix: 'q_', after: '', limit: 10 }), ['q_1']);
      assert.deepEqual(await list({ prefix: 'p', after: 'pa', limit: 1 }), ['pb']);
      assert.deepEqual(await run(on.store, [['projects', 'count', '1']]), [4]);
      const changed = {
        ...row('pa'),
        modifiedMs: 2,
        about: { type: '试', limits: { A: 1 }, tags: [{ key: 'k', value: '' }] },
      };
      await run(on.store, [
        ['projects', 'put', changed],
        ['projects', 'remove', '1', 'pb'],
      ]);
      await on.reopen();
      assert.deepEqual(await on.store.reads.projects.get('1', 'pa'), changed);
      assert.deepEqual(await on.store.reads.projects.get('2', 'pa'), row('pa', '2'));
      assert.equal(await on.store.reads.projects.get('1', 'pb'), undefined);
    });

    test('have buckets, of which each has one project', async () => {
      const bind = (bucketId: number, bucket: string, project: string) =>
        ({ bucketId, bucket, project, accountId: '1', description: '', createdMs: 1, modifiedMs: 1 }) as const;
      await run(on.store, [
        ['bindings', 'put', bind(1, 'b', 'p')],
        ['bindings', 'put', bind(2, 'a', 'p')],
        ['bindings', 'put', bind(3, 'c', 'other')],
      ]);
      await on.reopen();
      const query = { accountId: '1', project: 'p', after: '', limit: 10 };
      assert.deepEqual(
        (await on.store.reads.bindings.page(query)).map(({ bucket }) => bucket),
        ['a', 'b'],
      );
      assert.deepEqual((await on.store.reads.bindings.page({ ...query, after: 'a', limit: 1 })).length, 1);
      assert.deepEqual(await on.store.reads.bindings.get(3), bind(3, 'c', 'other'));
      await run(on.store, [['bindings', 'remove', 3]]);
      assert.equal(await on.store.reads.bindings.get(3), undefined);
    });

    test('find their tasks by what is asked, page by page', async () => {
      const task = (id: string, more: object) => ['tasks', 'insert', taskRow({ id, ...more })] as const;
      const of = (project: string, tags: object = {}) => ({ project, about: { tags } });
      await run(on.store, [
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
        return (await on.store.reads.tasks.search(query)).map(({ id }) => id).join('');
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
      await run(on.store, [['tasks', 'remove', 'a']]);
      assert.equal(await on.store.reads.tasks.get('a'), undefined);
    });
  });
}
