import { SingleChunk } from '../domain/objects/object-bytes.ts';
import { releaseChunk } from '../domain/objects/shared-chunks.ts';
import type { Exchange } from '../http/exchange.ts';

/**
 * A last chunk up to this size goes out as text of one byte a character, which Node.js joins with the head: one piece to
 * write instead of two costs less than the copy.
 */
const ONE_PIECE_BYTES = 4096;

/**
 * Sends an answer whose body streams, no faster than the client reads. A body of one chunk goes out together with the
 * head. An error before the first byte is thrown; after it, the connection is cut, so that the client sees a short body.
 */
export async function sendStream(
  exchange: Exchange,
  status: number,
  headers: () => Record<string, string>,
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { response } = exchange;
  if (bytes instanceof SingleChunk) {
    response.writeHead(status, headers());
    endWith(exchange, bytes.chunk);
    return;
  }
  const iterator = bytes[Symbol.asyncIterator]();
  try {
    let next = await iterator.next();
    response.writeHead(status, headers());
    while (!next.done) {
      const chunk = next.value;
      next = await iterator.next();
      if (next.done) {
        endWith(exchange, chunk);
        return;
      }
      if (!response.write(chunk, (error) => error ?? releaseChunk(chunk))) await writable(exchange);
      if (response.destroyed) return;
    }
    response.end();
  } finally {
    await iterator.return?.();
  }
}

function endWith({ request, response, patience }: Exchange, chunk: Uint8Array): void {
  if (chunk.length > ONE_PIECE_BYTES) {
    // Nobody waits for it to be taken. What is told to Node.js holds until the answer is out.
    request.socket.setTimeout(patience.sendStallMs);
    response.end(chunk, () => releaseChunk(chunk));
  } else response.end(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1'), 'latin1');
}

/** Resolves when more may be written, or when it never will: a client that has not taken one chunk in time is cut off. */
function writable({ response, patience }: Exchange): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => response.destroy(), patience.sendStallMs).unref();
    const done = (): void => {
      clearTimeout(timer);
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
    if (response.destroyed) done();
  });
}
