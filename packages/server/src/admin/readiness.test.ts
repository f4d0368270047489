import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkReadiness } from './readiness.ts';

const engines = [{ engine: 'image', version: '', missing: ['not installed'] }];

/** A store in memory; `spoil` changes what is read. */
function memoryBlobs(spoil: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes) {
  const kept = new Map<string, Uint8Array>();
  return {
    kept,
    async write(id: string, bytes: AsyncIterable<Uint8Array>) {
      const pieces: Uint8Array[] = [];
      for await (const piece of bytes) pieces.push(piece);
      const whole = Buffer.concat(pieces);
      kept.set(id, whole);
      return whole.length;
    },
    async *read(id: string) {
      yield spoil(kept.get(id) ?? new Uint8Array());
    },
    async remove(id: string) {
      kept.delete(id);
    },
  };
}

const identities = { blob: () => 'probe' };
const health = async () => engines;

test('a server whose stores work is ready, even without engines, and leaves nothing behind', async () => {
  const blobs = memoryBlobs();
  const readiness = await checkReadiness({ records: { probe: async () => {} }, blobs, identities, health });
  assert.deepEqual(readiness, { ok: true, checks: { records: 'ok', blobs: 'ok', engines } });
  assert.equal(blobs.kept.size, 0);
});

test('a server that cannot commit, or reads other bytes than it wrote, is not ready and says which', async () => {
  const blobs = memoryBlobs((bytes) => bytes.subarray(1));
  const records = { probe: () => Promise.reject(new Error('disk full')) };
  const readiness = await checkReadiness({ records, blobs, identities, health });
  assert.equal(readiness.ok, false);
  assert.deepEqual(readiness.checks, {
    records: 'disk full',
    blobs: 'What was read is not what was written.',
    engines,
  });
  assert.equal(blobs.kept.size, 0);
});
