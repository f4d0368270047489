import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import type { Digest, DigestKind, Digests } from '../ports/digests.ts';
import { RunningMarks } from './blob-marks.ts';
import { Crc64 } from './crc64.ts';
import { holdChunk, releaseChunk } from './shared-chunks.ts';

/** Chunks that may be on their way to a digest. More would be memory that waits. */
const CHUNKS_AHEAD = 3;

/** Bytes that digests take turns with: few enough that the second finds them in the processor's cache. */
const TURN_BYTES = 256 * 1024;

const read = promisify(fs.read);
const write = promisify(fs.write);

interface RunningDigest {
  update(bytes: Uint8Array): unknown;
  digest(): string;
}

const makers: Record<DigestKind, () => RunningDigest> = {
  crc64: () => new Crc64(),
  marks: () => new RunningMarks(),
  md5: () => {
    const md5 = createHash('md5');
    return { update: (bytes) => md5.update(bytes), digest: () => md5.digest('hex').toUpperCase() };
  },
};

/** Digests as plain calls, in the thread that makes them. */
export function startDigests<K extends DigestKind>(
  kinds: readonly K[],
): { update(bytes: Uint8Array): void; result(): Record<K, string> } {
  const running = kinds.map((kind) => [kind, makers[kind]()] as const);
  return {
    update(bytes) {
      for (let at = 0; at < bytes.length; at += TURN_BYTES) {
        const piece = bytes.subarray(at, at + TURN_BYTES);
        for (const [, digest] of running) digest.update(piece);
      }
    },
    result: () => Object.fromEntries(running.map(([kind, digest]) => [kind, digest.digest()])) as Record<K, string>,
  };
}

/** Works digests out here and now. */
export const digestsHere: Digests = {
  begin(...kinds) {
    const digests = startDigests(kinds);
    /** Bytes are taken in as they were given, whichever of them have been read or written first. */
    let before: Promise<unknown> = Promise.resolve();
    const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
      const done = before.then(work);
      before = done.catch(() => {});
      return done;
    };
    return {
      update: (bytes) => inTurn(async () => digests.update(bytes)),
      read({ fd, position }, into) {
        const filling = fill(fd, into, position);
        return inTurn(async () => {
          const filled = await filling;
          digests.update(into.subarray(0, filled));
          return filled;
        });
      },
      write: ({ fd }, bytes) =>
        inTurn(async () => {
          for (let done = 0; done < bytes.byteLength; ) done += (await write(fd, bytes, done)).bytesWritten;
          digests.update(bytes);
        }),
      result: () => inTurn(async () => digests.result()),
      abandon() {},
    };
  },
};

async function fill(fd: number, into: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < into.byteLength) {
    const { bytesRead } = await read(fd, into, filled, into.byteLength - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/**
 * Passes chunks on while they are digested, some chunks behind. Holds what is still being looked at, so that its consumer
 * may release it.
 */
export async function* digested(
  chunks: AsyncIterable<Uint8Array>,
  digest: Pick<Digest<DigestKind>, 'update'>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const ahead: Promise<unknown>[] = [];
  for await (const chunk of chunks) {
    holdChunk(chunk);
    const taken = digest.update(chunk).then(() => releaseChunk(chunk));
    // Whoever waits for it, or for the result, is told.
    taken.catch(() => {});
    ahead.push(taken);
    if (ahead.length > CHUNKS_AHEAD) await ahead.shift();
    yield chunk;
  }
}
