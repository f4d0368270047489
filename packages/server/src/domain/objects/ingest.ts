import { hash } from 'node:crypto';
import { DomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import type { BlobId, BlobStore } from '../ports/blob-store.ts';
import type { Digests } from '../ports/digests.ts';
import type { Segment } from '../ports/object-records.ts';
import type { BlobCiphers, CipherName } from './blob-cipher.ts';
import { dividesBytes, wholeOf } from './blob-marks.ts';
import { crc64 } from './crc64.ts';
import { digested, digestsHere } from './digesting.ts';
import type { NewBlob } from './new-blob.ts';
import { ChunkGatherer, releaseChunk } from './shared-chunks.ts';

/**
 * Bodies up to this size are kept inside the record store: one group-committed row instead of a file with an fsync and a
 * directory fsync of its own. Past it, the row would cost more to carry through the log than the file does.
 */
export const INLINE_BYTES = 32 * 1024;

/** Less than this, of which an MD5 takes two milliseconds, is digested sooner than another thread has heard of it. */
const ELSEWHERE_BYTES = 1024 * 1024;

/** A body as a client announced it. */
export interface Body {
  bytes: AsyncIterable<Uint8Array>;
  /** Content-Length, when known: a body that ends early or late is refused. */
  length?: number | undefined;
  /** Base64, from Content-MD5. */
  md5?: string | undefined;
  /** Unsigned decimal CRC-64/XZ that the bytes must have. */
  crc64?: string | undefined;
}

/** A body that is on stable storage but that no record refers to yet. */
export interface Ingested {
  size: number;
  /** Upper-case hex. */
  md5: string;
  crc64: string;
  /** Empty for an empty body, else one. */
  segments: Segment[];
  blobs: NewBlob[];
}

interface IngestOptions {
  blobs: BlobStore;
  identities: Identities;
  ciphers: BlobCiphers;
  /** For long bodies; others are digested here. */
  digests: Digests;
  /** What to encrypt the bytes with; absent keeps them as they are. */
  cipher?: CipherName | undefined;
  /** Bytes a body may have. */
  limit: number;
  signal?: AbortSignal | undefined;
}

/**
 * Reads a body to its end, hashing it on the way, and stores it: small ones in memory for the record store, others in the
 * blob store. Refuses, with nothing left behind, a body that is too long, ends early, or differs from its announced digests.
 */
export async function ingest(body: Body, options: IngestOptions): Promise<Ingested> {
  const { limit } = options;
  if (body.length !== undefined && body.length > limit) {
    throw new DomainError('BodyTooLarge', { limit, proposed: body.length });
  }
  const stream = counted(body, limit);
  const head: Uint8Array[] = [];
  let headBytes = 0;
  for (let next = await stream.next(); !next.done; next = await stream.next()) {
    head.push(next.value);
    headBytes += next.value.byteLength;
    if (headBytes > INLINE_BYTES) return ingestLarge(body, head, stream, options);
  }
  return ingestSmall(body, head.length === 1 && head[0] ? head[0] : Buffer.concat(head), options);
}

/** The body's chunks, none of them empty; fails where it is longer than allowed or than announced, or ends early. */
async function* counted(body: Body, limit: number): AsyncGenerator<Uint8Array, void, undefined> {
  const { length } = body;
  let size = 0;
  for await (const chunk of body.bytes) {
    if (chunk.byteLength === 0) continue;
    size += chunk.byteLength;
    if (size > limit) throw new DomainError('BodyTooLarge', { limit, proposed: size });
    if (length !== undefined && size > length) {
      throw new DomainError('BodyIncomplete', { expected: length, received: size });
    }
    yield chunk;
  }
  if (length !== undefined && size < length) {
    throw new DomainError('BodyIncomplete', { expected: length, received: size });
  }
}

function ingestSmall(body: Body, bytes: Uint8Array, options: IngestOptions): Ingested {
  const md5 = hash('md5', bytes, 'hex').toUpperCase();
  const checksum = crc64(bytes);
  verifyDigests(body, { md5, crc64: checksum });
  const length = bytes.byteLength;
  if (length === 0) return { size: 0, md5, crc64: checksum, segments: [], blobs: [] };
  const id = options.identities.blob();
  const sealed = beginSealing(id, options);
  return {
    size: length,
    md5,
    crc64: checksum,
    segments: [{ blob: id, offset: 0, length, crc64: checksum }],
    blobs: [{ id, length, crc64: checksum, data: sealed ? sealed.encrypt(bytes) : bytes, seal: sealed?.seal }],
  };
}

async function ingestLarge(
  body: Body,
  head: readonly Uint8Array[],
  rest: AsyncGenerator<Uint8Array, void, undefined>,
  options: IngestOptions,
): Promise<Ingested> {
  const { blobs, identities, signal } = options;
  const id = identities.blob();
  const sealed = beginSealing(id, options);
  const long = body.length === undefined || body.length >= ELSEWHERE_BYTES;
  const digest = (long ? options.digests : digestsHere).begin('marks', 'md5');
  try {
    const chunks = chained(head, rest);
    const bytes = long ? gathered(chunks) : chunks;
    // What is written as it came is digested by the way; short bodies, in small pieces, take fewer calls each for itself.
    const writing =
      long && !sealed
        ? blobs.write(id, bytes, { signal, digest })
        : blobs.write(id, sealed ? encrypted(digested(bytes, digest), sealed) : digested(bytes, digest), { signal });
    const length = await writing.catch((error: unknown) => {
      // A store that refused without asking for a byte has not ended the source either. One that hangs is told, not waited for.
      rest.return().catch(() => {});
      throw error;
    });
    let results: Record<'md5' | 'marks', string>;
    try {
      results = await digest.result();
      verifyDigests(body, { md5: results.md5, crc64: wholeOf(results.marks) });
    } catch (error) {
      await blobs.remove(id);
      throw error;
    }
    const { md5, marks } = results;
    const checksum = wholeOf(marks);
    return {
      size: length,
      md5,
      crc64: checksum,
      segments: [{ blob: id, offset: 0, length, crc64: checksum }],
      blobs: [{ id, length, crc64: checksum, seal: sealed?.seal, ...(dividesBytes(marks) && { marks }) }],
    };
  } finally {
    digest.abandon();
  }
}

async function* chained(
  head: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* head;
  yield* rest;
}

/** The same bytes in chunks of memory that threads share, for which each thread would copy what came in ordinary memory. */
async function* gathered(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const gatherer = new ChunkGatherer();
  for await (const piece of pieces) {
    gatherer.add(piece);
    for (let chunk = gatherer.take(); chunk !== undefined; chunk = gatherer.take()) yield chunk;
  }
  const rest = gatherer.takeRest();
  if (rest) yield rest;
}

async function* encrypted(
  bytes: AsyncIterable<Uint8Array>,
  { encrypt }: ReturnType<BlobCiphers['begin']>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of bytes) {
    const ciphertext = encrypt(chunk);
    releaseChunk(chunk);
    yield ciphertext;
  }
}

function beginSealing(id: BlobId, { ciphers, cipher }: IngestOptions): ReturnType<BlobCiphers['begin']> | undefined {
  return cipher && ciphers.begin(cipher, id);
}

function verifyDigests(body: Body, ingested: Pick<Ingested, 'md5' | 'crc64'>): void {
  if (body.md5 !== undefined) {
    const calculated = Buffer.from(ingested.md5, 'hex').toString('base64');
    if (body.md5 !== calculated) throw new DomainError('DigestMismatch', { expected: body.md5, calculated });
  }
  if (body.crc64 !== undefined && body.crc64 !== ingested.crc64) {
    throw new DomainError('ChecksumMismatch', { expected: body.crc64, calculated: ingested.crc64 });
  }
}

/** Removes the bytes of a body that no record is going to name. */
export async function discard(ingested: Pick<Ingested, 'blobs'>, blobs: BlobStore): Promise<void> {
  for (const blob of ingested.blobs) if (!blob.data) await blobs.remove(blob.id);
}

/**
 * Commits the record of an ingested body. Bytes whose record was refused are removed at once. After a failed commit they
 * stay: the record may yet be found on disk at the next start, and otherwise the collector has them.
 */
export async function commitOrDiscard<T>(
  ingested: Pick<Ingested, 'blobs'>,
  blobs: BlobStore,
  commit: () => Promise<T>,
): Promise<T> {
  try {
    return await commit();
  } catch (error) {
    if (error instanceof DomainError && error.kind !== 'StorageReadOnly') await discard(ingested, blobs);
    throw error;
  }
}
