import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { run } from '../record-commands.ts';
import { identityRow } from '../record-samples.ts';
import type { RecordsUnderTest } from './records-under-test.ts';

export function identityRecordContract(on: RecordsUnderTest): void {
  const { reopen } = on;

  describe('identities', () => {
    const insert = <K extends 'user' | 'group' | 'role' | 'policy'>(kind: K, name: string, accountId = '1') =>
      ['identities', 'insert', identityRow({ kind, name, accountId, uid: `${accountId}${name}` })] as const;

    test('are found by kind and name in any case, by uid and number, changed and removed', async () => {
      const [ann, group, other] = await run(on.store, [
        insert('user', 'Ann'),
        insert('group', 'ann'),
        insert('user', 'ann', '2'),
      ]);
      await reopen();
      assert.deepEqual(await on.store.reads.identities.byName('user', '1', 'aNN'), ann);
      assert.deepEqual(await on.store.reads.identities.byName('group', '1', 'ANN'), group);
      assert.equal(await on.store.reads.identities.byName('role', '1', 'ann'), undefined);
      assert.deepEqual(await on.store.reads.identities.byUid('user', '2ann'), other);
      assert.equal(await on.store.reads.identities.byUid('group', '2ann'), undefined);
      const renamed = { ...ann, name: 'Beth', modifiedMs: 2000, about: { ...ann.about, comments: 'changed' } };
      await run(on.store, [['identities', 'update', renamed]]);
      assert.deepEqual(await on.store.reads.identities.byId(ann.id), renamed);
      assert.equal(await on.store.reads.identities.byName('user', '1', 'ann'), undefined);
      await run(on.store, [['identities', 'remove', ann.id]]);
      assert.equal(await on.store.reads.identities.byId(ann.id), undefined);
      const [again] = await run(on.store, [insert('user', 'Ann')]);
      assert.ok(again.id > other.id, 'numbers are not used again');
    });

    test('are paged by kind and account in the order in which they were made', async () => {
      const rows = await run(on.store, [
        insert('policy', 'z'),
        insert('policy', 'a'),
        insert('role', 'r'),
        insert('policy', 'b', '2'),
        insert('policy', 'm'),
      ]);
      const page = async (after: number, limit: number): Promise<string[]> =>
        (await on.store.reads.identities.page({ kind: 'policy', accountId: '1', after, limit })).map(
          ({ name }) => name,
        );
      assert.deepEqual(await page(0, 10), ['z', 'a', 'm']);
      assert.deepEqual(await page(rows[0].id, 1), ['a']);
    });

    test('have keys, memberships, attachments and versions, oldest first', async () => {
      const [user, group, policy] = await run(on.store, [
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
      await run(on.store, [
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
      const { accessKeys, memberships, attachments, policyVersions, accounts } = on.store.reads;
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
      const [found] = await run(on.store, [
        ['attachments', 'get', user.id, 'Custom', 'P'],
        ['attachments', 'remove', user.id, 'Custom', 'p'],
        ['memberships', 'remove', group.id, user.id],
        ['accessKeys', 'remove', 'K1'],
        ['policyVersions', 'remove', policy.id, 1],
        ['accounts', 'remove', '1', 'publicAccessBlock'],
      ]);
      assert.deepEqual(found, attached);
      const [gone, left] = await run(on.store, [
        ['attachments', 'get', user.id, 'Custom', 'p'],
        ['memberships', 'get', group.id, user.id],
      ]);
      assert.deepEqual([gone, left], [undefined, undefined]);
      assert.equal(await on.store.reads.accessKeys.get('K1'), undefined);
      assert.deepEqual(await on.store.reads.policyVersions.get(policy.id, 2), version(2));
      assert.equal(await on.store.reads.accounts.get('1', 'publicAccessBlock'), undefined);
    });
  });
}
