import { createHash } from 'node:crypto';
import type { Digest, DigestKind, Digests } from '../ports/digests.ts';
import { Crc64 } from './crc64.ts';
import { holdChunk, releaseChunk } from './shared-chunks.ts';

/** Less than this is worked out sooner than another thread has heard of it. */
export const ELSEWHERE_BYTES = 1024 * 1024;

/** Chunks that may be on their way to a digest. More would be memory that waits. */
const CHUNKS_AHEAD = 4;

/** A digest as plain calls, in the thread that makes them. */
export function startDigest(kind: DigestKind): { update(bytes: Uint8Array): void; result(): string } {
  if (kind === 'crc64') {
    const crc = new Crc64();
    return { update: (bytes) => void crc.update(bytes), result: () => crc.digest() };
  }
  const md5 = createHash('md5');
  return { update: (bytes) => void md5.update(bytes), result: () => md5.digest('hex').toUpperCase() };
}

/** Works digests out here and now. */
export const digestsHere: Digests = {
  begin(kind): Digest {
    const digest = startDigest(kind);
    return {
      async update(bytes) {
        digest.update(bytes);
      },
      async result() {
        return digest.result();
      },
      abandon() {},
    };
  },
};

/**
 * Passes chunks on while they are digested, some chunks behind. Holds what is still being looked at, so that its consumer
 * may release it.
 */
export async function* digested(
  chunks: AsyncIterable<Uint8Array>,
  digests: readonly Digest[],
): AsyncGenerator<Uint8Array, void, undefined> {
  const ahead: Promise<unknown>[] = [];
  for await (const chunk of chunks) {
    holdChunk(chunk);
    const taken = Promise.all(digests.map((digest) => digest.update(chunk))).then(() => releaseChunk(chunk));
    // Whoever waits for it, or for the result, is told.
    taken.catch(() => {});
    ahead.push(taken);
    if (ahead.length > CHUNKS_AHEAD) await ahead.shift();
    yield chunk;
  }
}
