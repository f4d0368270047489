import { DomainError } from '../domain/errors.ts';
import type { Exchange, Patience } from './exchange.ts';

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
  const source = request.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const pace = new Pace(exchange.patience.bodyFloor);
  try {
    for (;;) {
      const { done, value } = await pace.wait(source.next());
      if (done) break;
      received += value.byteLength;
      pace.received(value.byteLength);
      yield value;
    }
  } catch (cause) {
    if (cause instanceof DomainError) throw cause;
    throw new DomainError('BodyIncomplete', { expected: declaredLength(exchange) ?? received, received }, { cause });
  } finally {
    pace.end();
    // Waits for nothing: a step that is still under way ends with the request.
    source.return?.()?.catch(() => {});
  }
  if (!request.complete) {
    throw new DomainError('BodyIncomplete', { expected: declaredLength(exchange) ?? received, received });
  }
}

/** Watches how fast a client sends, counting only the time in which somebody waits for it. */
class Pace {
  #floor: Patience['bodyFloor'];
  #timer: NodeJS.Timeout;
  /** Time spent waiting, and bytes that came, since the rate was last looked at. */
  #waitedMs = 0;
  #bytes = 0;
  #waitingSince: number | undefined;
  #giveUp: (reason: Error) => void = () => {};

  constructor(floor: Patience['bodyFloor']) {
    this.#floor = floor;
    this.#timer = setInterval(() => this.#look(), floor.windowMs).unref();
  }

  /** The next step of the body. Each has a promise of its own: racing them all against one would keep every chunk. */
  wait<T>(step: Promise<T>): Promise<T> {
    this.#waitingSince = performance.now();
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      step.then(resolve, reject);
    });
  }

  received(bytes: number): void {
    this.#waitedMs += performance.now() - (this.#waitingSince ?? 0);
    this.#waitingSince = undefined;
    this.#bytes += bytes;
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { bytesPerSecond, windowMs } = this.#floor;
    if (this.#waitingSince === undefined) return;
    const nowMs = performance.now();
    const waitedMs = this.#waitedMs + nowMs - this.#waitingSince;
    // Where we were the slow ones, what came in the rest of the time says little yet.
    if (waitedMs < windowMs / 2) return;
    if (this.#bytes < (bytesPerSecond * waitedMs) / 1000) {
      this.#giveUp(new DomainError('BodyTooSlow', { bytesPerSecond, received: this.#bytes, seconds: waitedMs / 1000 }));
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
