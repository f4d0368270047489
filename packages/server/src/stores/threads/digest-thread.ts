import { readSync, writeSync } from 'node:fs';
import { isMainThread, parentPort } from 'node:worker_threads';
import { startDigests } from '../../domain/objects/digesting.ts';
import type { DigestKind, OpenFile } from '../../domain/ports/digests.ts';

/** What the threads of `digest-threads.ts` do with their time. */

export type ToDigestThread =
  | { id: number; begin: readonly DigestKind[] }
  | { id: number; bytes: Uint8Array }
  | { id: number; read: OpenFile; into: Uint8Array }
  | { id: number; write: Pick<OpenFile, 'fd'>; bytes: Uint8Array }
  | { id: number; end: 'result' | 'abandon' };
/** Bytes are acknowledged in the order in which they came; a result comes after all of its bytes. */
export type FromDigestThread =
  | { id: number; read?: number }
  | { id: number; result: Record<DigestKind, string> }
  /** Of the system's error: other members of an error would get lost between threads. */
  | { id: number; failed: { message: string; code: string } };

if (isMainThread || parentPort === null) throw new Error('digest-thread.ts runs as a worker thread.');
const port = parentPort;
const digests = new Map<number, ReturnType<typeof startDigests>>();

const answer = (answered: FromDigestThread): void => port.postMessage(answered);

port.on('message', (message: ToDigestThread) => {
  const { id } = message;
  if ('begin' in message) {
    digests.set(id, startDigests(message.begin));
  } else if ('end' in message) {
    const digest = digests.get(id);
    digests.delete(id);
    if (digest && message.end === 'result') answer({ id, result: digest.result() });
  } else {
    try {
      answer({ id, ...transfer(message, digests.get(id)) });
    } catch (error) {
      const { message, code } = error as NodeJS.ErrnoException;
      answer({ id, failed: { message, code: code ?? '' } });
    }
  }
});

/** What is digested may have to be read first, or written as well. */
function transfer(
  message: Exclude<ToDigestThread, { begin: unknown } | { end: unknown }>,
  digest: { update(bytes: Uint8Array): void } | undefined,
): { read?: number } {
  if ('read' in message) {
    const read = fill(message.into, message.read);
    digest?.update(message.into.subarray(0, read));
    return { read };
  }
  if ('write' in message) writeAll(message.write.fd, message.bytes);
  digest?.update(message.bytes);
  return {};
}

function fill(into: Uint8Array, { fd, position }: OpenFile): number {
  let filled = 0;
  while (filled < into.byteLength) {
    const count = readSync(fd, into, filled, into.byteLength - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.byteLength; ) done += writeSync(fd, bytes, done);
}
