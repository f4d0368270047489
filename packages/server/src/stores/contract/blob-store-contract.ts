import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { isDomainError } from '../../domain/errors.ts';
import { crc64 } from '../../domain/objects/crc64.ts';
import { digestsHere } from '../../domain/objects/digesting.ts';
import type { BlobId, BlobStore } from '../../domain/ports/blob-store.ts';

/** How a suite gets at one kind of store. All stores opened between `make` and `dispose` are the same one. */
export interface BlobStoreHarness {
  /** Names an empty place. */
  make(): Promise<{
    open(): Promise<BlobStore>;
    /** Cuts a stored blob to a length behind the store's back, as a damaged disk would. */
    truncate(id: BlobId, length: number): Promise<void>;
    dispose(): Promise<void>;
  }>;
}

/** Bytes that differ at every place where chunks could be mixed up. */
function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

async function* inPieces(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What every blob store does, whatever it is made of. */
export function blobStoreContract(harness: BlobStoreHarness): void {
  let place: Awaited<ReturnType<BlobStoreHarness['make']>>;
  let store: BlobStore;
  beforeEach(async () => {
    place = await harness.make();
    store = await place.open();
  });
  afterEach(() => place.dispose());

  const listed = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { id } of store.list()) ids.push(id);
    return ids.sort();
  };
  const readAll = (id: BlobId, length: number): Promise<Buffer> => collect(store.read(id, { offset: 0, length }));
  const isDamaged = (error: unknown): boolean => isDomainError(error, 'BlobDamaged');

  test('gives back any range of what was written, whatever the size of the pieces', async () => {
    const bytes = pattern(1_500_001);
    for (const [n, size] of [1_500_001, 65_536, 999_999, 4099].entries()) {
      assert.equal(await store.write(`0mabcdef${n}`, inPieces(bytes, size)), bytes.length);
      for (const [offset, length] of [
        [0, bytes.length],
        [1, 1],
        [262_143, 3],
        [262_144, 524_289],
        [1_500_000, 1],
        [7, 0],
      ]) {
        const got = await collect(store.read(`0mabcdef${n}`, { offset: offset ?? 0, length: length ?? 0 }));
        assert.ok(got.equals(bytes.subarray(offset, (offset ?? 0) + (length ?? 0))), `${length} from ${offset}`);
      }
    }
  });

  test('keeps an empty blob, and one under a short id', async () => {
    assert.equal(await store.write('empty', inPieces(new Uint8Array())), 0);
    assert.equal(await store.write('z', inPieces(Uint8Array.of(1, 2))), 2);
    assert.equal((await readAll('empty', 0)).length, 0);
    assert.deepEqual([...(await readAll('z', 2))], [1, 2]);
  });

  test('keeps blobs over a reopening, and lists them with their lengths', async () => {
    for (const [id, length] of [
      ['0mabc1', 3],
      ['0mabd2', 70_000],
      ['0nabc3', 0],
    ] as const) {
      await store.write(id, inPieces(pattern(length)));
    }
    store = await place.open();
    const seen = new Map<string, number>();
    for await (const { id, length, modifiedMs } of store.list()) {
      assert.ok(Number.isInteger(modifiedMs) && modifiedMs > 0);
      seen.set(id, length);
    }
    assert.deepEqual(
      seen,
      new Map([
        ['0mabc1', 3],
        ['0mabd2', 70_000],
        ['0nabc3', 0],
      ]),
    );
    assert.ok((await readAll('0mabd2', 70_000)).equals(pattern(70_000)));
  });

  test('refuses to write over a blob, and leaves it as it was', async () => {
    await store.write('0mabc1', inPieces(pattern(100, 1)));
    await assert.rejects(store.write('0mabc1', inPieces(pattern(100, 2))));
    assert.ok((await readAll('0mabc1', 100)).equals(pattern(100, 1)));
  });

  test('leaves nothing behind when the source of the bytes fails', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield pattern(700_000);
      throw new Error('the client has gone');
    }
    await assert.rejects(store.write('0mabc1', failing()), /the client has gone/);
    assert.deepEqual(await listed(), []);
    assert.equal(await store.write('0mabc1', inPieces(pattern(5))), 5);
  });

  test('stops at once when aborted, even if the source of the bytes hangs, and leaves nothing behind', async () => {
    const controller = new AbortController();
    async function* hanging(): AsyncGenerator<Uint8Array> {
      yield pattern(700_000);
      queueMicrotask(() => controller.abort(new Error('enough')));
      await new Promise(() => {});
    }
    await assert.rejects(store.write('0mabc1', hanging(), { signal: controller.signal }), /enough/);
    await assert.rejects(
      store.write('0mabc2', inPieces(pattern(5)), { signal: AbortSignal.abort(new Error('before')) }),
      /before/,
    );
    assert.deepEqual(await listed(), []);
  });

  test('reads nothing more once aborted', async () => {
    await store.write('0mabc1', inPieces(pattern(2_000_000)));
    const controller = new AbortController();
    let received = 0;
    await assert.rejects(async () => {
      for await (const chunk of store.read('0mabc1', { offset: 0, length: 2_000_000 }, { signal: controller.signal })) {
        received += chunk.length;
        controller.abort(new Error('enough'));
      }
    }, /enough/);
    assert.ok(received < 2_000_000);
  });

  test('has a digest take in, in their order, the bytes that it writes and those that it reads', async () => {
    const bytes = pattern(3_000_000);
    const writing = digestsHere.begin('crc64');
    await store.write('0mabc1', inPieces(bytes), { digest: writing });
    assert.deepEqual(await writing.result(), { crc64: crc64(bytes) });
    const reading = digestsHere.begin('crc64');
    const part = bytes.subarray(1_000, 2_501_000);
    const got = await collect(store.read('0mabc1', { offset: 1_000, length: part.length }, { digest: reading }));
    assert.ok(got.equals(part));
    assert.deepEqual(await reading.result(), { crc64: crc64(part) });
  });

  test('answers many readers at once, each with his own range, and one that leaves early', async () => {
    const bytes = pattern(3_000_000);
    await store.write('0mabc1', inPieces(bytes));
    const ranges = Array.from({ length: 16 }, (_, n) => ({ offset: n * 100_000, length: 1_000_000 }));
    const got = await Promise.all(ranges.map((range) => collect(store.read('0mabc1', range))));
    for (const [n, range] of ranges.entries()) {
      assert.ok(got[n]?.equals(bytes.subarray(range.offset, range.offset + range.length)));
    }
    for await (const chunk of store.read('0mabc1', { offset: 0, length: 3_000_000 })) {
      assert.ok(chunk.length > 0);
      break;
    }
  });

  test('takes many blobs at once', async () => {
    const numbers = Array.from({ length: 40 }, (_, n) => n);
    await Promise.all(numbers.map((n) => store.write(`0mabc${n}`, inPieces(pattern(10_000 + n, n)))));
    for (const n of numbers) assert.ok((await readAll(`0mabc${n}`, 10_000 + n)).equals(pattern(10_000 + n, n)));
    assert.equal((await listed()).length, 40);
  });

  test('says that a blob is damaged when it is missing or too short, before it answers a byte of a long one', async () => {
    await assert.rejects(readAll('0mnothere', 1), isDamaged);
    await store.write('0mabc1', inPieces(pattern(1_000_000)));
    await place.truncate('0mabc1', 999_999);
    let received = 0;
    await assert.rejects(async () => {
      for await (const chunk of store.read('0mabc1', { offset: 0, length: 1_000_000 })) received += chunk.length;
    }, isDamaged);
    assert.equal(received, 0);
    await assert.rejects(collect(store.read('0mabc1', { offset: 999_990, length: 10 })), isDamaged);
    assert.equal((await readAll('0mabc1', 999_999)).length, 999_999);
  });

  test('removes a blob once, and again without complaint', async () => {
    await store.write('0mabc1', inPieces(pattern(5)));
    await store.remove('0mabc1');
    await store.remove('0mabc1');
    await assert.rejects(readAll('0mabc1', 5), isDamaged);
    assert.deepEqual(await listed(), []);
  });

  test('takes nothing for an id that is not one', async () => {
    for (const id of ['../escape', '', 'A', 'a/b', 'a\0']) {
      await assert.rejects(store.write(id, inPieces(pattern(1))), TypeError);
      await assert.rejects(readAll(id, 1), TypeError);
    }
  });
}
