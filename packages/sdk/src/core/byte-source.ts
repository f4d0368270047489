import { Crc64 } from '@millrace/crc64';

/** What is sent as a body. `open` may be called again for a retry unless it is `once`. */
export interface ByteSource {
  /** Bytes; undefined when not known before the end. */
  readonly length: number | undefined;
  /** It can be opened only once: a request with it is not repeated. */
  readonly once: boolean;
  /** Set when all of it is in memory. */
  readonly bytes?: Uint8Array;
  /** Set when a browser can send it as it is. */
  readonly blob?: Blob;
  /** A piece is good until the next one is asked for: it may then be overwritten. */
  open(): AsyncIterable<Uint8Array>;
}

/** Everything that can be given as a body. Text is sent as UTF-8. */
export type Body =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | ByteSource;

/** Makes a source of anything that can be a body. Those of streams are `once`. */
export function byteSource(body: Body | undefined): ByteSource {
  if (body === undefined) return fromBytes(new Uint8Array());
  if (typeof body === 'string') return fromBytes(new TextEncoder().encode(body));
  if (body instanceof Uint8Array) return fromBytes(body);
  if (body instanceof ArrayBuffer) return fromBytes(new Uint8Array(body));
  if (body instanceof Blob) return fromBlob(body);
  if ('open' in body) return body;
  return { length: undefined, once: true, open: () => body };
}

/** A body of a length that is known although its bytes are not there yet. */
export const sized = (body: AsyncIterable<Uint8Array>, length: number): ByteSource => ({
  length,
  once: true,
  open: () => body,
});

function fromBytes(bytes: Uint8Array): ByteSource {
  return {
    length: bytes.length,
    once: false,
    bytes,
    async *open() {
      if (bytes.length > 0) yield bytes;
    },
  };
}

const fromBlob = (blob: Blob): ByteSource => ({
  length: blob.size,
  once: false,
  blob,
  open: () => blob.stream(),
});

/** Passes bytes on and shows each piece to `see`. */
export async function* seen(
  pieces: AsyncIterable<Uint8Array>,
  see: (piece: Uint8Array) => void,
): AsyncIterable<Uint8Array> {
  for await (const piece of pieces) {
    see(piece);
    yield piece;
  }
}

export async function crc64Of(blob: Blob): Promise<string> {
  const crc = new Crc64();
  for await (const piece of blob.stream()) crc.update(piece);
  return crc.digest();
}

/** All of a source, copied piece by piece. */
export async function gather(source: ByteSource): Promise<Uint8Array> {
  const copies = async function* () {
    for await (const piece of source.open()) yield piece.slice();
  };
  return source.bytes ?? (await collect(copies()));
}

/** All pieces in one. Throws `RangeError` when there are more than `limit` bytes. */
export async function collect(
  pieces: AsyncIterable<Uint8Array>,
  limit = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  const list: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > limit) throw new RangeError(`The body is longer than ${limit} bytes.`);
    list.push(piece);
  }
  const [only] = list;
  return list.length === 1 && only ? only : concatenate(list, length);
}

export function concatenate(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Pieces that can be let go of before anybody reads them, when a generator has not begun and would not notice. */
export function releasable(
  pieces: AsyncGenerator<Uint8Array>,
  release: () => Promise<void> | void,
): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => pieces.next(),
      async return() {
        await pieces.return(undefined);
        await release();
        return { done: true, value: undefined };
      },
    }),
  };
}

/** A body that was received: read it once, in one of these ways, or `cancel` it. */
export class AnswerBody implements AsyncIterable<Uint8Array> {
  readonly #pieces: AsyncIterable<Uint8Array>;
  readonly #source: AsyncIterable<Uint8Array>;
  /** Bytes, where the service said so. */
  readonly length: number | undefined;
  /** @param source what the pieces come from, to be let go of with them. */
  constructor(pieces: AsyncIterable<Uint8Array>, length: number | undefined, source = pieces) {
    this.#pieces = pieces;
    this.#source = source;
    this.length = length;
  }
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#pieces[Symbol.asyncIterator]();
  }
  bytes(): Promise<Uint8Array> {
    return collect(this.#pieces);
  }
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }
  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
  stream(): ReadableStream<Uint8Array> {
    const pieces = this.#pieces[Symbol.asyncIterator]();
    return new ReadableStream({
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await pieces.return?.();
      },
    });
  }
  /** Drops what was not read. */
  async cancel(): Promise<void> {
    await this[Symbol.asyncIterator]().return?.();
    if (this.#source !== this.#pieces) await this.#source[Symbol.asyncIterator]().return?.();
  }
}
