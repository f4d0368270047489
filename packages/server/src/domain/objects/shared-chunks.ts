/** What files are read in and long bodies gathered to. */
export const CHUNK_BYTES = 256 * 1024;

/** Past this, chunks that come back are left to the garbage collector. */
const IDLE_CHUNKS = 32;

const idle: SharedArrayBuffer[] = [];
/** How many hold each chunk that is out. One that is forgotten by all disappears from here by itself. */
const holders = new WeakMap<ArrayBufferLike, number>();

/**
 * Memory that threads share, used again and again: for bytes that stream past at a gigabyte a second, fresh memory costs as
 * much time as their checksum does. A chunk has one holder at first; when the last has released it, somebody else may write
 * to it. Never releasing is safe, and only costs a fresh chunk later.
 */
export function takeChunk(): Buffer {
  const memory = idle.pop() ?? new SharedArrayBuffer(CHUNK_BYTES);
  holders.set(memory, 1);
  return Buffer.from(memory);
}

/** One more holder, of a chunk or a part of it; means nothing for bytes from elsewhere. */
export function holdChunk({ buffer }: Uint8Array): void {
  const count = holders.get(buffer);
  if (count !== undefined) holders.set(buffer, count + 1);
}

/** The caller will not look at the bytes again. */
export function releaseChunk({ buffer }: Uint8Array): void {
  const count = holders.get(buffer);
  if (count === undefined) return;
  if (count > 1) {
    holders.set(buffer, count - 1);
    return;
  }
  holders.delete(buffer);
  if (buffer instanceof SharedArrayBuffer && idle.length < IDLE_CHUNKS) idle.push(buffer);
}
