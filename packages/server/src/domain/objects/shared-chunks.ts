/** What files are read in and long bodies gathered to. Smaller ones cost more in calls than the memory is worth. */
export const CHUNK_BYTES = 1024 * 1024;

/** Chunks that there may be at once: what clients that stopped reading or sending can pin is bounded by this. */
const MOST_CHUNKS = 64;

/** Past this, chunks that come back are left to the garbage collector. */
const IDLE_CHUNKS = 8;

/** Bytes that are out, by the very view that was handed out: a part of it is another object, and gives nothing back. */
interface Loan {
  memory: ArrayBufferLike;
  holders: number;
}

const idle: SharedArrayBuffer[] = [];
const loans = new WeakMap<Uint8Array, Loan>();

let chunks = 0;
const collected = new FinalizationRegistry<undefined>(() => {
  chunks -= 1;
});

function fresh(): SharedArrayBuffer | undefined {
  if (chunks >= MOST_CHUNKS) return undefined;
  chunks += 1;
  const memory = new SharedArrayBuffer(CHUNK_BYTES);
  collected.register(memory, undefined);
  return memory;
}

/**
 * Memory that threads share, used again and again: for bytes that stream past at gigabytes a second, fresh memory costs
 * more time than their checksum does. Undefined when all of it is out: then small pieces of ordinary memory must do.
 *
 * A chunk has one holder at first; when the last has released it, somebody else may write to it. Bytes of a stream are
 * their consumer's to release. So what stands in between gives away what it passes on: it may not look at it again, unless
 * it holds it first. Never releasing is safe, and so is passing on parts of a chunk, which nobody can release: such a
 * chunk is collected like any other object.
 */
export function takeChunk(): Buffer | undefined {
  const memory = idle.pop() ?? fresh();
  return memory && lend(memory, CHUNK_BYTES);
}

/**
 * Makes bytes of ordinary memory, all of which they are, end with their release too: left to the garbage collector, what a
 * fast sender delivers comes to tens of megabytes before it is looked at.
 */
export function lendBytes(bytes: Uint8Array): void {
  if (bytes.byteLength === bytes.buffer.byteLength) loans.set(bytes, { memory: bytes.buffer, holders: 1 });
}

function lend(memory: ArrayBufferLike, length: number, holders = 1): Buffer {
  const view = Buffer.from(memory, 0, length);
  loans.set(view, { memory, holders });
  return view;
}

/** A chunk of which only the beginning was filled, in the place of the whole, which is nobody's any more. */
export function trimChunk(chunk: Uint8Array, length: number): Uint8Array {
  if (length === chunk.length) return chunk;
  const loan = loans.get(chunk);
  if (loan === undefined) return chunk.subarray(0, length);
  loans.delete(chunk);
  return lend(loan.memory, length, loan.holders);
}

/** One more holder; means nothing for bytes from elsewhere. */
export function holdChunk(chunk: Uint8Array): void {
  const loan = loans.get(chunk);
  if (loan !== undefined) loan.holders += 1;
}

/** The caller will not look at the bytes again. */
export function releaseChunk(chunk: Uint8Array): void {
  const loan = loans.get(chunk);
  if (loan === undefined) return;
  loan.holders -= 1;
  if (loan.holders > 0) return;
  loans.delete(chunk);
  const { memory } = loan;
  if (memory instanceof ArrayBuffer) memory.transfer(0);
  else if (idle.length < IDLE_CHUNKS) idle.push(memory);
}

/**
 * Makes chunks of pieces. While no chunk is to be had the pieces go on as they are, and so does what is in shared memory
 * already.
 */
export class ChunkGatherer {
  #ready: Uint8Array[] = [];
  #chunk: Buffer | undefined;
  #filled = 0;

  /** Chunks to be taken. */
  get ready(): number {
    return this.#ready.length;
  }

  /** Takes a piece over from its holder. */
  add(piece: Uint8Array): void {
    if (piece.buffer instanceof SharedArrayBuffer) {
      this.#finish();
      this.#ready.push(piece);
      return;
    }
    let rest = piece;
    while (rest.byteLength > 0) {
      this.#chunk ??= takeChunk();
      if (this.#chunk === undefined) {
        this.#ready.push(rest);
        return;
      }
      const part = rest.subarray(0, CHUNK_BYTES - this.#filled);
      // `set` would write to shared memory word by word, which takes twice as long.
      this.#chunk.fill(part, this.#filled, this.#filled + part.byteLength);
      this.#filled += part.byteLength;
      rest = rest.subarray(part.byteLength);
      if (this.#filled === CHUNK_BYTES) this.#finish();
    }
    releaseChunk(piece);
  }

  take(): Uint8Array | undefined {
    return this.#ready.shift();
  }

  /** Takes what there is, though it be less than a chunk. */
  takeRest(): Uint8Array | undefined {
    this.#finish();
    return this.take();
  }

  #finish(): void {
    if (this.#chunk && this.#filled > 0) this.#ready.push(trimChunk(this.#chunk, this.#filled));
    this.#chunk = undefined;
    this.#filled = 0;
  }
}
