import type { IncomingMessage } from 'node:http';
import { DomainError } from '../domain/errors.ts';
import { lendBytes } from '../domain/objects/shared-chunks.ts';
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
export async function* bodyStream(exchange: Exchange): AsyncGenerator<Uint8Array, void, undefined> {
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
        arrival ??= new Arrival(request, exchange.patience.bodyFloor);
        await arrival.more();
      }
    }
  } catch (cause) {
    if (cause instanceof DomainError) throw cause;
    throw new DomainError('BodyIncomplete', { expected: declaredLength(exchange) ?? received, received }, { cause });
  } finally {
    arrival?.end();
  }
}

/** After each of these there may be more of a body, its end, or a reason why no more will come. */
const EVENTS = ['readable', 'end', 'error', 'close'] as const;

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
  #wake = (): void => this.#next?.resolve();

  constructor(request: IncomingMessage, floor: Patience['bodyFloor']) {
    this.#request = request;
    this.#floor = floor;
    this.#timer = setInterval(() => this.#look(), floor.windowMs).unref();
    for (const event of EVENTS) request.on(event, this.#wake);
  }

  /** Resolves when there may be more to read, or the end. Rejects when the client has gone or is too slow. */
  more(): Promise<void> {
    this.#waitingSince ??= performance.now();
    this.#next = Promise.withResolvers();
    const { destroyed, errored } = this.#request;
    if (destroyed) this.#next.reject(errored ?? new Error('The connection was closed.'));
    return this.#next.promise;
  }

  received(bytes: number): void {
    if (this.#waitingSince !== undefined) this.#waitedMs += performance.now() - this.#waitingSince;
    this.#waitingSince = undefined;
    this.#bytes += bytes;
  }

  end(): void {
    clearInterval(this.#timer);
    for (const event of EVENTS) this.#request.off(event, this.#wake);
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
