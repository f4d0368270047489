import type { IncomingMessage } from 'node:http';
import { DomainError } from '../domain/errors.ts';
import { CHUNK_BYTES, ChunkGatherer, lendBytes } from '../domain/objects/shared-chunks.ts';
import type { Exchange, Patience } from './exchange.ts';

/** Pieces from this size on come from fast senders. */
const LENT_BYTES = 16 * 1024;

/** How much of a refused upload is read and dropped so that its client gets to see the answer. */
const DRAIN_BYTES = 32 * 1024 * 1024;
const DRAIN_MS = 15_000;

/**
 * The request's body as it arrives, with backpressure, without ending the connection when the reader stops early. Fails
 * with `BodyIncomplete` when the client goes away before all of it was sent, and with `BodyTooSlow` below the floor.
 */
export function bodyStream(exchange: Exchange): AsyncGenerator<Uint8Array, void, undefined> {
  return (declaredLength(exchange) ?? 0) < CHUNK_BYTES ? shortBody(exchange) : longBody(exchange);
}

async function* shortBody(exchange: Exchange): AsyncGenerator<Uint8Array, void, undefined> {
  const { request } = exchange;
  exchange.continueBody();
  let received = 0;
  // Only a body that has not come yet needs one: the request's own iterator is made of so much more that it costs a small
  // write a tenth of its time.
  let arrival: Arrival | undefined;
  try {
    for (;;) {
      const chunk: Uint8Array | null = request.read();
      if (chunk !== null) {
        received += chunk.byteLength;
        arrival?.received(chunk.byteLength);
        if (chunk.byteLength >= LENT_BYTES) lendBytes(chunk);
        yield chunk;
      } else if (request.complete && request.readableLength === 0) {
        return;
      } else {
        arrival ??= new Arrival(request, exchange.patience.bodyFloor, 'readable');
        await arrival.more();
      }
    }
  } catch (cause) {
    throw incomplete(cause, exchange, received);
  } finally {
    arrival?.end();
  }
}

/**
 * Gathered as the pieces come: a socket delivers them by the thousand, and each would otherwise go through every step that is
 * between here and the disk by itself.
 */
async function* longBody(exchange: Exchange): AsyncGenerator<Uint8Array, void, undefined> {
  const { request } = exchange;
  exchange.continueBody();
  let received = 0;
  const gatherer = new ChunkGatherer();
  const arrival = new Arrival(request, exchange.patience.bodyFloor, 'end');
  const gather = (piece: Uint8Array): void => {
    received += piece.byteLength;
    arrival.received(piece.byteLength);
    lendBytes(piece);
    gatherer.add(piece);
    if (gatherer.ready === 0) return;
    if (gatherer.ready >= CHUNKS_READY) request.pause();
    arrival.wake();
  };
  request.on('data', gather);
  try {
    for (;;) {
      const chunk = request.readableEnded ? gatherer.takeRest() : gatherer.take();
      if (chunk !== undefined) {
        if (request.isPaused()) request.resume();
        yield chunk;
      } else if (request.readableEnded) {
        return;
      } else {
        await arrival.more();
      }
    }
  } catch (cause) {
    throw incomplete(cause, exchange, received);
  } finally {
    request.off('data', gather);
    request.pause();
    arrival.end();
  }
}

function incomplete(cause: unknown, exchange: Exchange, received: number): DomainError {
  if (cause instanceof DomainError) return cause;
  return new DomainError('BodyIncomplete', { expected: declaredLength(exchange) ?? received, received }, { cause });
}

/** Chunks of a long body that may wait for whoever reads it. */
const CHUNKS_READY = 2;

/** Waits for more of a body, and watches how fast it comes, counting only the time in which somebody waits for it. */
class Arrival {
  #request: IncomingMessage;
  #floor: Patience['bodyFloor'];
  #timer: NodeJS.Timeout;
  /** Time spent waiting, and bytes that came, since the rate was last looked at. */
  #waitedMs = 0;
  #bytes = 0;
  #waitingSince: number | undefined;
  #next: PromiseWithResolvers<void> | undefined;
  #events: readonly string[];

  /** `event` is that after which there is more of it, or its end. After some others it is known that no more will come. */
  constructor(request: IncomingMessage, floor: Patience['bodyFloor'], event: 'readable' | 'end') {
    this.#request = request;
    this.#floor = floor;
    this.#timer = setInterval(() => this.#look(), floor.windowMs).unref();
    this.#events = [...new Set([event, 'end', 'error', 'close'])];
    for (const event of this.#events) request.on(event, this.wake);
  }

  readonly wake = (): void => {
    if (this.#waitingSince !== undefined) this.#waitedMs += performance.now() - this.#waitingSince;
    this.#waitingSince = undefined;
    this.#next?.resolve();
  };

  /** Resolves when there may be more to read, or the end. Rejects when the client has gone or is too slow. */
  more(): Promise<void> {
    this.#waitingSince ??= performance.now();
    this.#next = Promise.withResolvers();
    const { destroyed, errored } = this.#request;
    if (destroyed) this.#next.reject(errored ?? new Error('The connection was closed.'));
    return this.#next.promise;
  }

  received(bytes: number): void {
    this.#bytes += bytes;
  }

  end(): void {
    clearInterval(this.#timer);
    for (const event of this.#events) this.#request.off(event, this.wake);
    // A connection that breaks from now on must not bring down the process for want of a listener.
    this.#request.on('error', () => {});
  }

  #look(): void {
    const { bytesPerSecond, windowMs } = this.#floor;
    if (this.#waitingSince === undefined) return;
    const nowMs = performance.now();
    const waitedMs = this.#waitedMs + nowMs - this.#waitingSince;
    // Where we were the slow ones, what came in the rest of the time says little yet.
    if (waitedMs < windowMs / 2) return;
    if (this.#bytes < (bytesPerSecond * waitedMs) / 1000) {
      const details = { bytesPerSecond, received: this.#bytes, seconds: waitedMs / 1000 };
      this.#next?.reject(new DomainError('BodyTooSlow', details));
    }
    this.#waitedMs = 0;
    this.#waitingSince = nowMs;
    this.#bytes = 0;
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
