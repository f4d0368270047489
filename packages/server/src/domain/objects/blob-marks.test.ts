import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { testCiphers } from '../../stores/contract/test-ciphers.ts';
import { isDomainError } from '../errors.ts';
import type { BlobStore, TransferOptions } from '../ports/blob-store.ts';
import type { MarkedBlob } from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import { dividesBytes, MARK_BYTES, RunningMarks, spanAround, wholeOf } from './blob-marks.ts';
import { crc64 } from './crc64.ts';
import { digestsHere } from './digesting.ts';
import { type ByteRange, objectBytes } from './object-bytes.ts';

function marksOf(bytes: Uint8Array): string {
  const marks = new RunningMarks();
  for (let at = 0; at < bytes.length; at += 77_777) marks.update(bytes.subarray(at, at + 77_777));
  return marks.digest();
}

describe('marks', () => {
  for (const length of [0, 1, MARK_BYTES - 1, MARK_BYTES, MARK_BYTES + 1, 3 * MARK_BYTES, 3 * MARK_BYTES + 5]) {
    it(`of ${length} bytes end with the CRC-64 of all of them`, () => {
      const bytes = randomBytes(length);
      assert.equal(wholeOf(marksOf(bytes)), crc64(bytes));
      assert.equal(dividesBytes(marksOf(bytes)), length > MARK_BYTES);
    });
  }

  it('tell the CRC-64 of what lies between them', () => {
    const bytes = randomBytes(3 * MARK_BYTES + 5);
    const marked = { marks: marksOf(bytes), length: bytes.length };
    for (const [offset, length, first, end] of [
      [0, 1, 0, MARK_BYTES],
      [MARK_BYTES - 1, 2, 0, 2 * MARK_BYTES],
      [MARK_BYTES, MARK_BYTES, MARK_BYTES, 2 * MARK_BYTES],
      [3 * MARK_BYTES, 1, 3 * MARK_BYTES, bytes.length],
      [0, bytes.length, 0, bytes.length],
    ] as const) {
      const expected = { offset: first, length: end - first, crc64: crc64(bytes.subarray(first, end)) };
      assert.deepEqual(spanAround({ offset, length }, marked), expected);
    }
  });
});

describe('a part of a long segment', () => {
  const bytes = randomBytes(5 * MARK_BYTES + 1234);
  // As of a part that was copied: it begins and ends inside of its blob.
  const segment = { blob: 'blob', offset: 1000, length: bytes.length - 5000, crc64: '0' };
  const whole = bytes.subarray(segment.offset, segment.offset + segment.length);
  const ranges: ByteRange[] = [
    { offset: 0, length: 1 },
    { offset: MARK_BYTES, length: MARK_BYTES },
    { offset: whole.length - 3, length: 3 },
    { offset: 5, length: whole.length - 10 },
    ...Array.from({ length: 20 }, () => {
      const offset = randomInt(whole.length - 1);
      return { offset, length: randomInt(1, whole.length - offset) };
    }),
  ];

  interface Kept {
    record: MarkedBlob;
    bytesRead: number;
  }

  async function read(stored: Uint8Array, range: ByteRange, kept: Kept): Promise<Buffer> {
    const blobs = {
      async *read(_id: string, { offset, length }: ByteRange, { digest }: TransferOptions = {}) {
        kept.bytesRead += length;
        for (let at = offset; at < offset + length; at += 100_000) {
          const chunk = stored.subarray(at, Math.min(at + 100_000, offset + length));
          await digest?.update(chunk);
          yield chunk;
        }
      },
    } as unknown as BlobStore;
    const records = {
      reads: { blobs: { content: () => ({}), marked: () => kept.record } },
      async transact(_name: string, { marks }: { marks: string }) {
        kept.record = { ...kept.record, marks };
      },
    } as unknown as RecordStore;
    const received: Uint8Array[] = [];
    const sources = { records, blobs, ciphers: testCiphers(), digests: digestsHere };
    try {
      for await (const chunk of objectBytes([segment], range, sources)) received.push(chunk);
    } catch (error) {
      assert.ok(isDomainError(error, 'BlobDamaged'));
      assert.ok(Buffer.concat(received).length < range.length, 'all of it was served');
      throw error;
    }
    return Buffer.concat(received);
  }
  const record = { length: bytes.length, crc64: crc64(bytes) };
  const marked = (): Kept => ({ record: { ...record, marks: marksOf(bytes) }, bytesRead: 0 });
  const wanted = ({ offset, length }: ByteRange): Uint8Array => whole.subarray(offset, offset + length);

  it('is served as it is, and costs no more than two marks around it', async () => {
    for (const range of ranges) {
      const kept = marked();
      assert.deepEqual(await read(bytes, range, kept), wanted(range));
      assert.ok(kept.bytesRead <= range.length + 2 * MARK_BYTES);
    }
  });

  it('is never served whole with a flipped bit anywhere in it', async () => {
    for (const range of ranges) {
      const damaged = Buffer.from(bytes);
      const place = segment.offset + range.offset + randomInt(range.length);
      damaged[place] = (damaged[place] ?? 0) ^ 1;
      await assert.rejects(read(damaged, range, marked()));
    }
  });

  it('is served where the damage is far from it', async () => {
    const damaged = Buffer.from(bytes);
    damaged[bytes.length - 1] = (damaged[bytes.length - 1] ?? 0) ^ 1;
    const range = { offset: 10, length: 3 * MARK_BYTES };
    assert.deepEqual(await read(damaged, range, marked()), wanted(range));
  });

  it('of a blob without marks makes them, once', async () => {
    const kept: Kept = { record, bytesRead: 0 };
    const range = { offset: 2 * MARK_BYTES, length: 10 };
    assert.deepEqual(await Promise.all([read(bytes, range, kept), read(bytes, range, kept)]), [
      wanted(range),
      wanted(range),
    ]);
    assert.equal(kept.record.marks, marksOf(bytes));
    assert.ok(kept.bytesRead <= bytes.length + 2 * MARK_BYTES);
    const damaged = Buffer.from(bytes);
    damaged[0] = (damaged[0] ?? 0) ^ 1;
    await assert.rejects(read(damaged, range, { record, bytesRead: 0 }), 'marks of what is damaged were believed');
  });
});
