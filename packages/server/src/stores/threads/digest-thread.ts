import { isMainThread, parentPort } from 'node:worker_threads';
import { startDigests } from '../../domain/objects/digesting.ts';
import type { DigestKind } from '../../domain/ports/digests.ts';

/** What the threads of `digest-threads.ts` do with their time. */

export type ToDigestThread =
  | { id: number; begin: readonly DigestKind[] }
  | { id: number; bytes: Uint8Array }
  | { id: number; end: 'result' | 'abandon' };
/** Bytes are acknowledged in the order in which they came; a result comes after all of its bytes. */
export type FromDigestThread = { id: number; result?: Record<DigestKind, string> };

if (isMainThread || parentPort === null) throw new Error('digest-thread.ts runs as a worker thread.');
const port = parentPort;
const digests = new Map<number, ReturnType<typeof startDigests>>();

port.on('message', (message: ToDigestThread) => {
  const { id } = message;
  const answer = (answered: FromDigestThread): void => port.postMessage(answered);
  if ('begin' in message) {
    digests.set(id, startDigests(message.begin));
  } else if ('bytes' in message) {
    digests.get(id)?.update(message.bytes);
    answer({ id });
  } else {
    const digest = digests.get(id);
    digests.delete(id);
    if (digest && message.end === 'result') answer({ id, result: digest.result() });
  }
});
