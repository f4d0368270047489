import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { run } from '../record-commands.ts';
import { segment } from '../record-samples.ts';
import type { RecordsUnderTest } from './records-under-test.ts';

export function blobRecordContract(on: RecordsUnderTest): void {
  const { reopen } = on;

  describe('blobs', () => {
    test('live as long as references to them, and become garbage with the last', async () => {
      const twice = [segment('one'), segment('one'), segment('two')];
      await run(on.store, [
        ['blobs', 'insert', { id: 'one', length: 5, crc64: '7' }],
        ['blobs', 'insert', { id: 'two', length: 5, crc64: '7' }],
        ['blobs', 'retain', twice],
        ['blobs', 'retain', [segment('one')]],
        ['blobs', 'release', twice, 5000],
      ]);
      assert.deepEqual([...(await on.store.reads.blobs.known(['one', 'two', 'three']))], ['one', 'two']);
      assert.deepEqual(await on.store.reads.blobs.garbage(5001, 10), ['two']);
      assert.deepEqual(await on.store.reads.blobs.garbage(5000, 10), []);
      assert.deepEqual(await on.store.reads.blobs.page('', 10), [{ id: 'one', length: 5, crc64: '7' }]);
      assert.deepEqual(await on.store.reads.blobs.page('one', 10), []);
      await run(on.store, [['blobs', 'release', [segment('one')], 6000]]);
      assert.deepEqual(await on.store.reads.blobs.garbage(9000, 10), ['two', 'one']);
      assert.deepEqual(await on.store.reads.blobs.garbage(9000, 1), ['two']);
      await run(on.store, [['blobs', 'forget', ['two', 'one', 'never']]]);
      assert.deepEqual(await on.store.reads.blobs.garbage(9000, 10), []);
      assert.deepEqual([...(await on.store.reads.blobs.known(['one', 'two']))], []);
    });

    test('kept inline give their bytes, also when these were a view, until they are forgotten', async () => {
      const large = new Uint8Array(65_536).fill(7);
      const bytes = large.subarray(100, 105);
      await run(on.store, [
        ['blobs', 'insert', { id: 'in', length: 5, crc64: '7', data: bytes }],
        ['blobs', 'insert', { id: 'empty', length: 0, crc64: '7', data: new Uint8Array() }],
        ['blobs', 'insert', { id: 'out', length: 5, crc64: '7' }],
        ['blobs', 'retain', [segment('in'), segment('empty'), segment('out')]],
      ]);
      await reopen();
      assert.deepEqual(
        Uint8Array.from((await on.store.reads.blobs.content('in'))?.data ?? []),
        Uint8Array.of(7, 7, 7, 7, 7),
      );
      assert.equal((await on.store.reads.blobs.content('empty'))?.data?.length, 0);
      assert.deepEqual(await on.store.reads.blobs.content('out'), {});
      assert.equal(await on.store.reads.blobs.content('none'), undefined);
      await run(on.store, [['blobs', 'release', [segment('in'), segment('empty')], 1]]);
      // An answer that found its object before the release may still be about to read.
      assert.equal((await on.store.reads.blobs.content('in'))?.data?.length, 5);
      assert.deepEqual(await on.store.reads.blobs.garbage(10, 10), ['empty', 'in']);
      await run(on.store, [['blobs', 'forget', ['in', 'empty']]]);
      // A store may keep bytes in memory for longer: under an id that nothing refers to they harm nobody.
      await reopen();
      assert.equal(await on.store.reads.blobs.content('in'), undefined);
      assert.equal(await on.store.reads.blobs.content('empty'), undefined);
    });

    test('keep the seal of what is encrypted, inline or not', async () => {
      await run(on.store, [
        ['blobs', 'insert', { id: 'in', length: 1, crc64: '7', data: Uint8Array.of(1), seal: 'AES256.k.one' }],
        ['blobs', 'insert', { id: 'out', length: 5, crc64: '7', seal: 'SM4.k.two' }],
        ['blobs', 'retain', [segment('in'), segment('out')]],
      ]);
      await reopen();
      assert.equal((await on.store.reads.blobs.content('in'))?.seal, 'AES256.k.one');
      assert.equal((await on.store.reads.blobs.content('in', { fresh: true }))?.seal, 'AES256.k.one');
      assert.deepEqual(await on.store.reads.blobs.content('out'), { seal: 'SM4.k.two' });
      assert.deepEqual(
        (await on.store.reads.blobs.page('', 10)).map(({ seal }) => seal),
        ['AES256.k.one', 'SM4.k.two'],
      );
    });

    test('are marked inside until they are forgotten, those of before by and by', async () => {
      await run(on.store, [
        ['blobs', 'insert', { id: 'long', length: 5, crc64: '7' }],
        ['blobs', 'insert', { id: 'older', length: 6, crc64: '8' }],
        ['blobs', 'retain', [segment('long'), segment('older')]],
        ['blobs', 'mark', 'long', '00ff'],
      ]);
      await reopen();
      assert.deepEqual(await on.store.reads.blobs.marked('long'), { length: 5, crc64: '7', marks: '00ff' });
      assert.deepEqual(await on.store.reads.blobs.marked('older'), { length: 6, crc64: '8', marks: undefined });
      assert.equal(await on.store.reads.blobs.marked('none'), undefined);
      await run(on.store, [
        ['blobs', 'mark', 'older', '01'],
        ['blobs', 'mark', 'older', '02'],
      ]);
      assert.equal((await on.store.reads.blobs.marked('older'))?.marks, '02');
      await run(on.store, [
        ['blobs', 'release', [segment('older')], 1],
        ['blobs', 'forget', ['older']],
        ['blobs', 'insert', { id: 'older', length: 1, crc64: '9' }],
      ]);
      assert.deepEqual(await on.store.reads.blobs.marked('older'), { length: 1, crc64: '9', marks: undefined });
    });

    test('that are not recorded cannot be referred to', async () => {
      await assert.rejects(run(on.store, [['blobs', 'retain', [segment('none')]]]), /none/);
      await assert.rejects(run(on.store, [['blobs', 'release', [segment('none')], 1]]), /none/);
    });
  });
}
