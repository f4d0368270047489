import { DomainError } from '../errors.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Segment } from '../ports/object-records.ts';
import type { Reads } from '../ports/record-store.ts';
import { Crc64, crc64 } from './crc64.ts';

interface Sources {
  reads: Reads;
  blobs: BlobStore;
}

export interface ByteRange {
  offset: number;
  length: number;
}

/**
 * Streams a range of an object's bytes. The last chunk of a segment that is read whole is held back until the segment's
 * checksum has been verified, so that damaged bytes end in an error and never in a complete answer.
 */
export async function* objectBytes(
  segments: readonly Segment[],
  range: ByteRange,
  sources: Sources,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let start = range.offset;
  let left = range.length;
  for (const segment of segments) {
    if (left === 0) return;
    if (start >= segment.length) {
      start -= segment.length;
      continue;
    }
    const part = { offset: segment.offset + start, length: Math.min(left, segment.length - start) };
    start = 0;
    left -= part.length;
    const bytes = segmentBytes(segment, part, sources, signal);
    yield* part.length === segment.length ? verified(bytes, segment) : bytes;
  }
  if (left > 0)
    throw new DomainError('BlobDamaged', { blob: '', reason: 'The object is shorter than its record says.' });
}

/**
 * All bytes of an object that is one blob kept with the records, verified; undefined for any other. What most small
 * objects are, and a read of them should cost no stream.
 */
export async function inlineObject(
  { segments }: { segments: readonly Segment[] },
  { reads }: Sources,
): Promise<Uint8Array | undefined> {
  const [segment, ...others] = segments;
  if (!segment || others.length > 0) return undefined;
  const data = await reads.blobs.data(segment.blob);
  if (!data || segment.offset !== 0 || segment.length !== data.byteLength) return undefined;
  if (crc64(data) !== segment.crc64) throw damaged(segment);
  return data;
}

/** A stream of one chunk. */
export function once(chunk: Uint8Array): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      let given = false;
      return {
        async next() {
          if (given) return { done: true, value: undefined };
          given = true;
          return { done: false, value: chunk };
        },
      };
    },
  };
}

/** A stream whose first step has been taken already. Whoever abandons it, even there, ends the stream behind it too. */
export async function* resumed(
  first: IteratorResult<Uint8Array, void>,
  stream: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (first.done) return;
    yield first.value;
    yield* stream;
  } finally {
    await stream.return();
  }
}

const damaged = ({ blob }: Segment): DomainError =>
  new DomainError('BlobDamaged', { blob, reason: 'The stored bytes do not match their CRC-64.' });

async function* segmentBytes(
  segment: Segment,
  part: ByteRange,
  sources: Sources,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const inline = await sources.reads.blobs.data(segment.blob);
  if (inline) yield inline.subarray(part.offset, part.offset + part.length);
  else yield* sources.blobs.read(segment.blob, part, signal);
}

async function* verified(
  bytes: AsyncIterable<Uint8Array>,
  segment: Segment,
): AsyncGenerator<Uint8Array, void, undefined> {
  const crc = new Crc64();
  let held: Uint8Array | undefined;
  for await (const chunk of bytes) {
    if (held) yield held;
    crc.update(chunk);
    held = chunk;
  }
  if (crc.digest() !== segment.crc64) {
    throw damaged(segment);
  }
  if (held) yield held;
}
