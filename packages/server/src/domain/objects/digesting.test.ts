import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { testCiphers } from '../../stores/contract/test-ciphers.ts';
import { DigestThreads } from '../../stores/threads/digest-threads.ts';
import { isDomainError } from '../errors.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Digest } from '../ports/digests.ts';
import type { RecordStore } from '../ports/record-store.ts';
import { crc64 } from './crc64.ts';
import { digested } from './digesting.ts';
import { objectBytes } from './object-bytes.ts';

const CHUNK = 100_000;

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}

describe('digested', () => {
  it('does not run away from a digest that is slow', async () => {
    let taken = 0;
    let go: () => void = () => {};
    const slow: Pick<Digest<'crc64'>, 'update'> = {
      update: () =>
        new Promise((resolve) => {
          taken += 1;
          go = resolve;
        }),
    };
    const stream = digested(chunksOf(Buffer.alloc(10 * CHUNK)), slow);
    let passed = 0;
    const reading = (async () => {
      for await (const _ of stream) passed += 1;
    })();
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    assert.ok(passed < 5, `${passed} passed`);
    assert.equal(taken, passed + 1);
    go();
    void reading;
  });

  it('ends with the failure of a digest', async () => {
    const failing: Pick<Digest<'crc64'>, 'update'> = { update: () => Promise.reject(new Error('dead')) };
    await assert.rejects(async () => {
      for await (const _ of digested(chunksOf(Buffer.alloc(10 * CHUNK)), failing));
    }, /dead/);
  });
});

describe('a long segment, verified elsewhere', () => {
  const digests = new DigestThreads();
  after(() => digests.close());
  const bytes = randomBytes(20 * CHUNK);
  const read = async (stored: Uint8Array): Promise<Buffer> => {
    const blobs: Pick<BlobStore, 'read'> = {
      async *read(_id, _range, { digest } = {}) {
        for await (const chunk of chunksOf(stored)) {
          await digest?.update(chunk);
          yield chunk;
        }
      },
    };
    const records = { reads: { blobs: { content: () => undefined } } } as unknown as RecordStore;
    const segment = { blob: 'blob', offset: 0, length: bytes.length, crc64: crc64(bytes) };
    const received: Uint8Array[] = [];
    const sources = { records, blobs: blobs as BlobStore, ciphers: testCiphers(), digests };
    try {
      for await (const chunk of objectBytes([segment], segment, sources)) received.push(chunk);
    } catch (error) {
      assert.ok(isDomainError(error, 'BlobDamaged'));
      assert.ok(Buffer.concat(received).length < bytes.length, 'all of it was served');
      throw error;
    }
    return Buffer.concat(received);
  };

  it('is served as it is', async () => {
    assert.deepEqual(await read(bytes), bytes);
  });

  for (const place of [0, 7 * CHUNK, 20 * CHUNK - 1]) {
    it(`is never served whole with a flipped bit at ${place}`, async () => {
      const damaged = Buffer.from(bytes);
      damaged[place] = (damaged[place] ?? 0) ^ 1;
      await assert.rejects(read(damaged));
    });
  }
});
