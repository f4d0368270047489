import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, beforeEach, describe, it } from 'node:test';
import { testCiphers } from '../../stores/contract/test-ciphers.ts';
import { DigestThreads } from '../../stores/threads/digest-threads.ts';
import { DomainError, isDomainError } from '../errors.ts';
import { Identities } from '../identities.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import { systemClock } from '../ports/clock.ts';
import { crc64 } from './crc64.ts';
import { digestsHere } from './digesting.ts';
import { type Body, commitOrDiscard, INLINE_BYTES, type Ingested, ingest } from './ingest.ts';

/** Blobs in memory, each visible only when its write has ended. */
function memoryBlobs(): BlobStore & { held: Map<string, Uint8Array> } {
  const held = new Map<string, Uint8Array>();
  return {
    held,
    async write(id, bytes, { digest } = {}) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of bytes) {
        await digest?.update(chunk);
        chunks.push(chunk);
      }
      const all = Buffer.concat(chunks);
      held.set(id, all);
      return all.length;
    },
    async *read() {},
    async remove(id) {
      held.delete(id);
    },
    async *list() {},
    localPath: () => undefined,
  };
}

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const md5 = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest();

describe('ingest', () => {
  const identities = new Identities(systemClock, { bytes: (count) => randomBytes(count) });
  let blobs = memoryBlobs();
  beforeEach(() => {
    blobs = memoryBlobs();
  });
  const take = (body: Body, limit = 10 * INLINE_BYTES): Promise<Ingested> =>
    ingest(body, { blobs, identities, ciphers: testCiphers(), digests: digestsHere, limit });

  it('keeps a body of up to the inline size out of the blob store', async () => {
    const bytes = randomBytes(INLINE_BYTES);
    const result = await take({ bytes: chunksOf(bytes, 1000), length: bytes.length });
    assert.equal(result.md5, md5(bytes).toString('hex').toUpperCase());
    assert.deepEqual(Buffer.from(result.blobs[0]?.data ?? []), bytes);
    assert.equal(blobs.held.size, 0);
  });

  it('streams a longer body into one blob, unchanged', async () => {
    const bytes = randomBytes(INLINE_BYTES * 4 + 1);
    const result = await take({ bytes: chunksOf(bytes, 7777), md5: md5(bytes).toString('base64') });
    const [segment] = result.segments;
    assert.equal(segment?.length, bytes.length);
    assert.deepEqual(blobs.held.get(segment?.blob ?? ''), bytes);
    assert.equal(result.blobs[0]?.data, undefined);
  });

  it('gives an empty body no segment and the checksum of nothing', async () => {
    const result = await take({ bytes: chunksOf(Buffer.alloc(0), 1), length: 0 });
    assert.deepEqual(result, { size: 0, md5: 'D41D8CD98F00B204E9800998ECF8427E', crc64: '0', segments: [], blobs: [] });
  });

  const refused: [string, DomainError['kind'], (bytes: Uint8Array) => Body][] = [
    [
      'ends before its length',
      'BodyIncomplete',
      (bytes) => ({ bytes: chunksOf(bytes, 999), length: bytes.length + 1 }),
    ],
    [
      'goes on past its length',
      'BodyIncomplete',
      (bytes) => ({ bytes: chunksOf(bytes, 999), length: bytes.length - 1 }),
    ],
    [
      'has another MD5',
      'DigestMismatch',
      (bytes) => ({ bytes: chunksOf(bytes, 999), md5: md5(Buffer.from('x')).toString('base64') }),
    ],
    ['has another CRC-64', 'ChecksumMismatch', (bytes) => ({ bytes: chunksOf(bytes, 999), crc64: '1' })],
    ['is longer than the limit', 'BodyTooLarge', () => ({ bytes: chunksOf(Buffer.alloc(INLINE_BYTES * 11), 4096) })],
    [
      'announces more than the limit',
      'BodyTooLarge',
      (bytes) => ({ bytes: chunksOf(bytes, 999), length: INLINE_BYTES * 11 }),
    ],
  ];
  for (const [fault, kind, body] of refused) {
    for (const size of [INLINE_BYTES / 2, INLINE_BYTES * 3]) {
      it(`refuses a body of about ${size} bytes that ${fault}, and leaves nothing behind`, async () => {
        await assert.rejects(take(body(randomBytes(size))), (error) => isDomainError(error, kind));
        assert.equal(blobs.held.size, 0);
      });
    }
  }

  it('removes the bytes of a refused record, and keeps those of a commit that may have reached the disk', async () => {
    const bytes = randomBytes(INLINE_BYTES * 2);
    const first = await take({ bytes: chunksOf(bytes, 4096) });
    const refusal = new DomainError('ObjectExists', { key: 'k' });
    await assert.rejects(
      commitOrDiscard(first, blobs, () => Promise.reject(refusal)),
      refusal,
    );
    assert.equal(blobs.held.size, 0);
    const second = await take({ bytes: chunksOf(bytes, 4096) });
    const failure = new DomainError('StorageReadOnly', { reason: 'disk' });
    await assert.rejects(
      commitOrDiscard(second, blobs, () => Promise.reject(failure)),
      failure,
    );
    assert.equal(blobs.held.size, 1);
  });
});

describe('ingest with digests made elsewhere', () => {
  const threads = new DigestThreads();
  after(() => threads.close());
  const identities = new Identities(systemClock, { bytes: (count) => randomBytes(count) });
  const bytes = randomBytes(3 * 1024 * 1024 + 7);
  const take = (body: Body, blobs: BlobStore): Promise<Ingested> =>
    ingest(body, { blobs, identities, ciphers: testCiphers(), digests: threads, limit: 10 * bytes.length });

  it('keeps a long body unchanged and knows its digests', async () => {
    const blobs = memoryBlobs();
    const result = await take({ bytes: chunksOf(bytes, 65_000), length: bytes.length }, blobs);
    assert.equal(result.md5, md5(bytes).toString('hex').toUpperCase());
    assert.equal(result.crc64, crc64(bytes));
    assert.deepEqual(blobs.held.get(result.segments[0]?.blob ?? ''), bytes);
  });

  it('refuses a long body that differs from its digest, and leaves nothing behind', async () => {
    const blobs = memoryBlobs();
    const body = { bytes: chunksOf(bytes, 65_000), length: bytes.length, crc64: '1' };
    await assert.rejects(take(body, blobs), (error) => isDomainError(error, 'ChecksumMismatch'));
    assert.equal(blobs.held.size, 0);
  });

  it('ends with the failure of a store that gave up in the middle', async () => {
    const failing: BlobStore = {
      ...memoryBlobs(),
      async write(_, source) {
        for await (const chunk of source) throw new Error(`full after ${chunk.length}`);
        return 0;
      },
    };
    await assert.rejects(take({ bytes: chunksOf(bytes, 65_000), length: bytes.length }, failing), /full after/);
  });
});
