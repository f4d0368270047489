import { DomainError, isDomainError } from '../errors.ts';
import type { BlobId, BlobStore } from '../ports/blob-store.ts';
import type { Digests } from '../ports/digests.ts';
import type { BlobContent, Segment } from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { BlobCiphers } from './blob-cipher.ts';
import { spanAround, wholeOf } from './blob-marks.ts';
import { crc64 } from './crc64.ts';
import { digested, digestsHere } from './digesting.ts';
import { CHUNK_BYTES, releaseChunk } from './shared-chunks.ts';

/** Verifying this much takes a millisecond, chunk by chunk. More of it is a thread's work, which another then also sends. */
const ELSEWHERE_BYTES = 8 * 1024 * 1024;

/** Where bytes are, and what turns encrypted ones back. */
export interface ByteSources {
  records: RecordStore;
  blobs: BlobStore;
  ciphers: BlobCiphers;
  /** For long segments; others are verified here. */
  digests: Digests;
}

export interface ByteRange {
  offset: number;
  length: number;
}

/**
 * Streams a range of an object's bytes. The last chunk of each segment, or of what is wanted of it, is held back until the
 * checksum has been verified, so that damaged bytes end in an error and never in a complete answer. For a part of a segment,
 * as much is read as can be verified: all of it where it is no longer than a chunk, else from mark to mark.
 */
export async function* objectBytes(
  segments: readonly Segment[],
  range: ByteRange,
  sources: ByteSources,
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
    const part = { offset: start, length: Math.min(left, segment.length - start) };
    start = 0;
    left -= part.length;
    if (part.length === segment.length) yield* verifiedSegment(segment, sources, signal);
    else if (segment.length <= CHUNK_BYTES) yield* cut(verifiedSegment(segment, sources, signal), part);
    else yield* markedPart(segment, part, sources, signal);
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
  { records, ciphers }: ByteSources,
): Promise<Uint8Array | undefined> {
  const [segment, ...others] = segments;
  if (!segment || others.length > 0) return undefined;
  const { data: stored, seal } = (await records.reads.blobs.content(segment.blob)) ?? {};
  if (!stored || segment.offset !== 0 || segment.length !== stored.byteLength) return undefined;
  const data = seal === undefined ? stored : ciphers.open(seal, segment.blob, 0)(stored);
  if (crc64(data) !== segment.crc64) throw damaged(segment);
  return data;
}

/** A stream of one chunk, which whoever knows it can take without streaming. */
export class SingleChunk implements AsyncIterable<Uint8Array> {
  readonly chunk: Uint8Array;
  constructor(chunk: Uint8Array) {
    this.chunk = chunk;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    yield this.chunk;
  }
}

export const once = (chunk: Uint8Array): SingleChunk => new SingleChunk(chunk);

/** Names the object in what is wrong with one of its blobs: the log should say what can no longer be read. */
export function nameObject(error: unknown, key: string): unknown {
  if (isDomainError(error, 'BlobDamaged'))
    return new DomainError('BlobDamaged', { ...error.details, key }, { cause: error });
  if (isDomainError(error, 'KeyMissing'))
    return new DomainError('KeyMissing', { ...error.details, key }, { cause: error });
  return error;
}

/** A stream whose first step has been taken already. `explain` may say more of what makes it fail. Whoever abandons it, even there, ends the stream behind it too. */
export async function* resumed(
  first: IteratorResult<Uint8Array, void>,
  stream: AsyncGenerator<Uint8Array, void, undefined>,
  explain: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (first.done) return;
    yield first.value;
    yield* stream;
  } catch (error) {
    throw explain(error);
  } finally {
    await stream.return();
  }
}

const damaged = ({ blob }: Segment): DomainError =>
  new DomainError('BlobDamaged', { blob, reason: 'The stored bytes do not match their CRC-64.' });

const verifiedSegment = (
  segment: Segment,
  sources: ByteSources,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> => verified(segment, sources, signal);

/** A part of a segment that is long, verified from the mark before it to the one after. */
async function* markedPart(
  { blob, ...segment }: Segment,
  part: ByteRange,
  sources: ByteSources,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const range = { offset: segment.offset + part.offset, length: part.length };
  const marked = await sources.records.reads.blobs.marked(blob);
  // What has no record has no bytes either, and reading them says so.
  const span = marked
    ? spanAround(range, { ...marked, marks: marked.marks ?? (await marksOf(blob, marked, sources)) })
    : segment;
  const inSpan = { offset: range.offset - span.offset, length: range.length };
  yield* cut(verifiedSegment({ blob, ...span }, sources, signal), inSpan);
}

/** Marks that are being worked out. */
const marking = new Map<BlobId, Promise<string>>();

/** The marks of a blob that was stored before there were any: it is read once, whoever waits for it. */
function marksOf(
  blob: BlobId,
  { length, crc64 }: Pick<Segment, 'length' | 'crc64'>,
  sources: ByteSources,
): Promise<string> {
  const known = marking.get(blob);
  if (known) return known;
  const whole = { blob, offset: 0, length, crc64 };
  const work = async (): Promise<string> => {
    const digest = sources.digests.begin('marks');
    try {
      for await (const chunk of digested(segmentBytes(whole, whole, sources), digest)) releaseChunk(chunk);
      const { marks } = await digest.result();
      if (wholeOf(marks) !== crc64) throw damaged(whole);
      // What cannot be kept, by a store that is read only, is worked out again.
      await sources.records.transact('markBlob', { blob, marks }).catch(() => {});
      return marks;
    } finally {
      digest.abandon();
      marking.delete(blob);
    }
  };
  const marks = work();
  marking.set(blob, marks);
  return marks;
}

/** A range of a stream. It ends only when the stream has: what that verifies at its end holds for the range. */
async function* cut(
  chunks: AsyncIterable<Uint8Array>,
  { offset, length }: ByteRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of chunks) {
    const from = Math.max(offset - at, 0);
    const to = Math.min(offset + length - at, chunk.byteLength);
    at += chunk.byteLength;
    if (from === 0 && to === chunk.byteLength) {
      if (held) yield held;
      held = chunk;
      continue;
    }
    if (from < to) {
      if (held) yield held;
      // A copy, because a part of a chunk is nobody's to release.
      held = Buffer.from(chunk.subarray(from, to));
    }
    releaseChunk(chunk);
  }
  if (held) yield held;
}

/** A part of a segment's bytes, not verified. */
async function* segmentBytes(
  segment: Segment,
  part: ByteRange,
  sources: ByteSources,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const content = (await sources.records.reads.blobs.content(segment.blob)) ?? {};
  const { offset, length } = part;
  yield* blobBytes(segment.blob, content, { offset: segment.offset + offset, length }, sources, signal);
}

/** A range of a blob's bytes, in plaintext and not verified. */
export async function* blobBytes(
  blob: BlobId,
  { data, seal }: BlobContent,
  part: ByteRange,
  { blobs, ciphers }: Pick<ByteSources, 'blobs' | 'ciphers'>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const decrypt = seal === undefined ? undefined : ciphers.open(seal, blob, part.offset);
  if (data) {
    const bytes = data.subarray(part.offset, part.offset + part.length);
    yield decrypt ? decrypt(bytes) : bytes;
  } else if (decrypt) {
    for await (const chunk of blobs.read(blob, part, { signal })) {
      const plaintext = decrypt(chunk);
      releaseChunk(chunk);
      yield plaintext;
    }
  } else {
    yield* blobs.read(blob, part, { signal });
  }
}

async function* verified(
  segment: Segment,
  sources: ByteSources,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { blob, offset, length } = segment;
  const digest = (length >= ELSEWHERE_BYTES ? sources.digests : digestsHere).begin('crc64');
  try {
    const { data, seal } = (await sources.records.reads.blobs.content(blob)) ?? {};
    const bytes =
      data || seal !== undefined
        ? digested(blobBytes(blob, { data, seal }, { offset, length }, sources, signal), digest)
        : sources.blobs.read(blob, { offset, length }, { signal, digest });
    let passed = 0;
    let last: Uint8Array | undefined;
    for await (const chunk of bytes) {
      passed += chunk.byteLength;
      if (passed < length) yield chunk;
      else last = chunk;
    }
    if ((await digest.result()).crc64 !== segment.crc64) throw damaged(segment);
    if (last) yield last;
  } finally {
    digest.abandon();
  }
}
