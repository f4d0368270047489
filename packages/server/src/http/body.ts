import { DomainError } from '../domain/errors.ts';
import type { Exchange } from './exchange.ts';

/** How much of a refused upload is read and dropped so that its client gets to see the answer. */
const DRAIN_BYTES = 32 * 1024 * 1024;
const DRAIN_MS = 15_000;

/**
 * The request's body as it arrives, with backpressure, without ending the connection when the reader stops early. Fails
 * with `BodyIncomplete` when the client goes away before all of it was sent.
 */
export async function* bodyStream(exchange: Exchange): AsyncGenerator<Uint8Array, void, undefined> {
  const { request } = exchange;
  exchange.continueBody();
  let received = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      received += chunk.byteLength;
      yield chunk;
    }
  } catch (cause) {
    throw new DomainError('BodyIncomplete', { expected: declaredLength(exchange) ?? received, received }, { cause });
  }
  if (!request.complete) {
    throw new DomainError('BodyIncomplete', { expected: declaredLength(exchange) ?? received, received });
  }
}

/** Reads the whole body into memory. Fails with `BodyTooLarge` past `limit` bytes, before reading when the length says so. */
export async function readBody(exchange: Exchange, limit: number): Promise<Buffer> {
  const declared = declaredLength(exchange);
  if (declared !== undefined && declared > limit) throw new DomainError('BodyTooLarge', { limit, proposed: declared });
  if (!hasBody(exchange)) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bodyStream(exchange)) {
    size += chunk.byteLength;
    if (size > limit) throw new DomainError('BodyTooLarge', { limit, proposed: size });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** Content-Length, or undefined when the request has none (chunked, or no body at all). */
export function declaredLength(exchange: Exchange): number | undefined {
  const header = exchange.request.headers['content-length'];
  return header === undefined ? undefined : Number(header);
}

/** Whether the client says that a body follows. A chunked body may still turn out to be empty. */
export function hasBody(exchange: Exchange): boolean {
  return exchange.request.headers['transfer-encoding'] !== undefined || (declaredLength(exchange) ?? 0) > 0;
}

/**
 * Reads and drops what the client still sends after it was refused: clients that write first and read later would
 * otherwise see a broken connection instead of the answer. Past a bound of bytes or time the connection is closed.
 */
export function drainBody(exchange: Exchange): void {
  const { request } = exchange;
  if (request.complete || request.destroyed) return;
  const { socket } = request;
  let dropped = 0;
  const timer = setTimeout(() => socket.destroy(), DRAIN_MS);
  timer.unref();
  request.on('data', (chunk: Uint8Array) => {
    dropped += chunk.byteLength;
    if (dropped > DRAIN_BYTES) socket.destroy();
  });
  const done = (): void => clearTimeout(timer);
  request.once('end', done);
  request.once('close', done);
  // The client may give up in the middle, which is as good as finishing.
  request.on('error', done);
  request.resume();
}
