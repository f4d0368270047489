import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DomainError, isDomainError } from '../../../domain/errors.ts';
import type { CommitEvent } from '../../../domain/ports/record-store.ts';
import { run } from '../record-commands.ts';
import { objectRow } from '../record-samples.ts';
import type { RecordsUnderTest } from './records-under-test.ts';

export function transactionContract(on: RecordsUnderTest): void {
  const { makeBucket } = on;

  describe('transactions', () => {
    test('a command that fails leaves the others of its batch, and no trace of itself', async () => {
      const bucketId = await makeBucket();
      const heard: CommitEvent[] = [];
      on.store.onCommit((event) => heard.push(event));
      const settled = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => {
          const fail = n % 4 === 1 ? 'refusal' : n % 4 === 3 ? 'defect' : undefined;
          return run(on.store, [['objects', 'put', objectRow({ bucketId, key: `k${n}` })]], {
            announce: [{ type: 'task-added', kind: `k${n}` }],
            ...(fail === undefined ? {} : { fail }),
          });
        }),
      );
      for (const [n, result] of settled.entries()) {
        const kept = n % 2 === 0;
        assert.equal(result.status, kept ? 'fulfilled' : 'rejected', `k${n}`);
        assert.equal((await on.store.reads.objects.get(bucketId, `k${n}`)) !== undefined, kept, `k${n}`);
      }
      assert.deepEqual(heard.map((event) => ('kind' in event ? event.kind : '')).sort(), [
        ...['k0', 'k10', 'k12', 'k14', 'k16', 'k18', 'k2', 'k4', 'k6', 'k8'],
      ]);
    });

    test('a refusal keeps its kind and details, and a defect its name and message', async () => {
      const refusal = await run(on.store, [], { fail: 'refusal' }).catch((error: unknown) => error);
      assert.ok(isDomainError(refusal, 'ObjectExists'));
      assert.equal(refusal.details.key, 'a\0\u{1F600}');
      const defect = await run(on.store, [], { fail: 'defect' }).catch((error: unknown) => error);
      assert.ok(defect instanceof Error && !(defect instanceof DomainError));
      assert.equal(`${defect.name}: ${defect.message}`, 'RangeError: a defect');
    });

    test('a listener hears of a transaction when its records can be read', async () => {
      const bucketId = await makeBucket();
      const seen: boolean[] = [];
      const stop = on.store.onCommit(() => void seen.push(on.store.reads.objects.get(bucketId, 'k') !== undefined));
      const put = [['objects', 'put', objectRow({ bucketId, key: 'k' })]] as const;
      await run(on.store, put, { announce: [{ type: 'task-ended', taskId: 't' }] });
      stop();
      await run(on.store, put, { announce: [{ type: 'task-ended', taskId: 't' }] });
      assert.deepEqual(seen, [true]);
    });

    test('commands given in one turn run in the order in which they were given', async () => {
      const bucketId = await makeBucket();
      const sizes = Array.from({ length: 50 }, (_, size) => size);
      await Promise.all(
        sizes.map((size) => run(on.store, [['objects', 'put', objectRow({ bucketId, key: 'k', size })]])),
      );
      assert.equal((await on.store.reads.objects.get(bucketId, 'k'))?.size, 49);
    });

    test('an input that is not plain data is refused without harm to the others', async () => {
      const bucketId = await makeBucket();
      const bad = objectRow({ bucketId, key: 'bad', meta: { f: (() => '') as unknown as string } });
      const [good, refused] = await Promise.allSettled([
        run(on.store, [['objects', 'put', objectRow({ bucketId, key: 'good' })]]),
        run(on.store, [['objects', 'put', bad]]),
      ]);
      assert.deepEqual([good.status, refused.status], ['fulfilled', 'rejected']);
    });

    test('a probe commits', async () => {
      await on.store.probe();
    });

    test('a closed store has kept what was asked of it before, and takes no more', async () => {
      const bucketId = await makeBucket();
      const last = run(on.store, [['objects', 'put', objectRow({ bucketId, key: 'last' })]]);
      await on.close();
      await last;
      await assert.rejects(run(on.store, []), /closed/);
      await on.open();
      assert.ok(await on.store.reads.objects.get(bucketId, 'last'));
    });
  });
}
