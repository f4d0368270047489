import { createHash } from 'node:crypto';
import { DomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Digests } from '../ports/digests.ts';
import type { BucketRow, ObjectAcl, ObjectRow, PartRow, Segment, UploadRow } from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { BlobCiphers, CipherName } from './blob-cipher.ts';
import { MAX_SINGLE_BODY_BYTES } from './commands.ts';
import { type Conditions, checkConditions } from './conditions.ts';
import { Crc64, combine } from './crc64.ts';
import { digestsHere } from './digesting.ts';
import { allSealedWith, cipherFor, encryptionOf, encryptionTrait } from './encryption.ts';
import { type Body, commitOrDiscard, type Ingested, ingest } from './ingest.ts';
import { checkObjectKey } from './names.ts';
import { type ByteRange, type ByteSources, objectBytes } from './object-bytes.ts';
import { describe, type ObjectDependencies, type ObjectDescription, type ObjectReference } from './object-service.ts';
import { checkReadable } from './restoration.ts';
import { RunningMd5 } from './running-md5.ts';
import { releaseChunk } from './shared-chunks.ts';
import { MAX_PART_NUMBER } from './upload-commands.ts';
import { checkLock, keepingTraits } from './version-lock.ts';
import { findObject } from './versions.ts';

/** Says which upload; the key and bucket must be those it was initiated with. */
export interface UploadReference {
  bucket: BucketRow;
  key: string;
  uploadId: string;
}

/** Multipart uploads: parts in any order, at any pace, across restarts; one object at the end. */
export class UploadService {
  #records: RecordStore;
  #blobs: BlobStore;
  #ciphers: BlobCiphers;
  #digests: Digests;
  #clock: Clock;
  #identities: Identities;
  constructor(dependencies: ObjectDependencies) {
    this.#records = dependencies.records;
    this.#blobs = dependencies.blobs;
    this.#ciphers = dependencies.ciphers;
    this.#digests = dependencies.digests ?? digestsHere;
    this.#clock = dependencies.clock;
    this.#identities = dependencies.identities;
  }

  async initiate(
    request: {
      bucket: BucketRow;
      key: string;
      sequential?: boolean | undefined;
      forbidOverwrite?: boolean | undefined;
    } & ObjectDescription,
  ): Promise<UploadRow> {
    checkObjectKey(request.key);
    if (request.keeping?.lock) checkLock(request.keeping.lock, this.#clock.now());
    const { traits, ...described } = describe(request.bucket, request);
    const encryption = await encryptionOf(this.#records.reads, request.bucket, request.encryption);
    const upload: UploadRow = {
      id: this.#identities.upload(),
      bucketId: request.bucket.id,
      key: request.key,
      initiatedMs: this.#clock.now(),
      ...described,
      tags: traits.tags ?? {},
      traits: keepingTraits(request.keeping ?? {}),
      ...encryptionTrait(encryption),
      sequential: request.sequential ?? false,
      forbidOverwrite: request.forbidOverwrite ?? false,
    };
    await this.#records.transact('initiateUpload', { upload });
    return upload;
  }

  /** Throws `UploadMissing`, also when the upload belongs to another bucket or key. */
  async get(reference: UploadReference): Promise<UploadRow> {
    const upload = await this.#records.reads.uploads.get(reference.uploadId);
    if (!upload || upload.bucketId !== reference.bucket.id || upload.key !== reference.key) {
      throw new DomainError('UploadMissing', { uploadId: reference.uploadId });
    }
    return upload;
  }

  /** Stores a part, replacing an earlier one of the same number. */
  async putPart(
    request: UploadReference & { number: number; body: Body; signal?: AbortSignal | undefined },
  ): Promise<{ part: PartRow; upload: UploadRow }> {
    checkPartNumber(request.number);
    const upload = await this.get(request);
    const running = upload.sequential ? await this.#md5Before(upload, request.number) : undefined;
    const body = running ? { ...request.body, bytes: running.over(request.body.bytes) } : request.body;
    const ingested = await this.#ingest(body, cipherFor(upload.encryption), request.signal);
    const part: PartRow = {
      uploadId: request.uploadId,
      number: request.number,
      size: ingested.size,
      etag: ingested.md5,
      crc64: ingested.crc64,
      lastModifiedMs: this.#clock.now(),
      md5: running?.saved(),
      segments: ingested.segments,
    };
    await commitOrDiscard(ingested, this.#blobs, () =>
      this.#records.transact('putPart', {
        bucketId: request.bucket.id,
        key: request.key,
        part,
        blobs: ingested.blobs,
      }),
    );
    return { part, upload };
  }

  /**
   * Makes a part of (a range of) another object by sharing its bytes; reads only segments that the range cuts, for their
   * CRC. Where the upload is encrypted otherwise than those bytes, they are written anew.
   */
  async copyPart(
    request: UploadReference & {
      number: number;
      /** A range without a length goes to the end. */
      source: ObjectReference & {
        conditions: Conditions;
        range?: { offset: number; length: number | undefined } | undefined;
      };
      signal?: AbortSignal | undefined;
    },
  ): Promise<{ part: PartRow; sourceSize: number; range: ByteRange }> {
    checkPartNumber(request.number);
    const cipher = cipherFor((await this.get(request)).encryption);
    const { source } = request;
    const { bucket, key, versionId } = source;
    const object = await findObject(this.#records.reads, { bucketId: bucket.id, key, versionId });
    checkConditions(source.conditions, object);
    checkReadable(object, this.#clock.now());
    const offset = source.range?.offset ?? 0;
    const range = { offset, length: source.range?.length ?? object.size - offset };
    // A range that begins at the end has no byte, where the whole of an empty object has none to miss.
    const inside = source.range === undefined || offset < object.size;
    if (!inside || offset + range.length > object.size) {
      throw new DomainError('RangeNotSatisfiable', { size: object.size });
    }
    if (range.length > MAX_SINGLE_BODY_BYTES) {
      throw new DomainError('BodyTooLarge', { limit: MAX_SINGLE_BODY_BYTES, proposed: range.length });
    }
    const shared = cipher === undefined || (await allSealedWith(cipher, object.segments, this.#records.reads));
    const sealed = shared ? undefined : await this.#ingestRange(object, range, cipher, request.signal);
    const segments = sealed?.segments ?? (await this.#cut(object.segments, range, request.signal));
    const part: PartRow = {
      uploadId: request.uploadId,
      number: request.number,
      size: range.length,
      etag: copiedPartEtag(object, range),
      crc64: segments.reduce((crc, segment) => combine(crc, segment.crc64, segment.length), '0'),
      lastModifiedMs: this.#clock.now(),
      segments,
    };
    const commit = (): Promise<void> =>
      this.#records.transact('putPart', {
        bucketId: request.bucket.id,
        key: request.key,
        part,
        blobs: sealed?.blobs ?? [],
        source: { bucketId: bucket.id, key, versionId: object.versionId, etag: object.etag },
      });
    await (sealed ? commitOrDiscard(sealed, this.#blobs, commit) : commit());
    return { part, sourceSize: object.size, range };
  }

  complete(
    request: UploadReference & {
      parts: { number: number; etag: string }[] | 'all';
      forbidOverwrite?: boolean | undefined;
      acl?: ObjectAcl | undefined;
    },
  ): Promise<ObjectRow> {
    return this.#records.transact('completeUpload', {
      uploadId: request.uploadId,
      bucketId: request.bucket.id,
      key: request.key,
      versionId: this.#identities.version(),
      parts: request.parts,
      forbidOverwrite: request.forbidOverwrite ?? false,
      acl: request.acl,
      nowMs: this.#clock.now(),
    });
  }

  abort(reference: UploadReference): Promise<void> {
    return this.#records.transact('abortUpload', {
      uploadId: reference.uploadId,
      bucketId: reference.bucket.id,
      key: reference.key,
      nowMs: this.#clock.now(),
    });
  }

  /** Parts in number order, strictly after `after`. */
  async parts(
    reference: UploadReference,
    page: { after: number; limit: number },
  ): Promise<{ upload: UploadRow; parts: PartRow[]; truncated: boolean }> {
    const upload = await this.get(reference);
    const rows = await this.#records.reads.uploads.parts(upload.id, page.after, page.limit + 1);
    return { upload, parts: rows.slice(0, page.limit), truncated: rows.length > page.limit };
  }

  /** Uploads under way, by key and then id; strictly after (`afterKey`, `afterId`). */
  async list(
    bucket: BucketRow,
    query: { prefix: string; delimiter: string; afterKey: string; afterId: string; limit: number },
  ): Promise<{ entries: ({ upload: UploadRow } | { prefix: string })[]; truncated: boolean }> {
    return this.#records.reads.uploads.page({ bucketId: bucket.id, ...query });
  }

  /** Where parts come in order: the MD5 of those before, to go on with. Undefined where one of them was copied, and never read. */
  async #md5Before({ id }: UploadRow, number: number): Promise<RunningMd5 | undefined> {
    if (number === 1) return new RunningMd5(undefined);
    const [previous] = await this.#records.reads.uploads.parts(id, number - 2, 1);
    if (previous?.number !== number - 1) throw new DomainError('PartNotSequential', { partNumber: number });
    return previous.md5 && new RunningMd5(previous.md5.after);
  }

  #ingest(body: Body, cipher: CipherName | undefined, signal: AbortSignal | undefined): Promise<Ingested> {
    return ingest(body, {
      blobs: this.#blobs,
      identities: this.#identities,
      ciphers: this.#ciphers,
      digests: this.#digests,
      limit: MAX_SINGLE_BODY_BYTES,
      cipher,
      signal,
    });
  }

  #ingestRange(
    { segments }: ObjectRow,
    range: ByteRange,
    cipher: CipherName,
    signal: AbortSignal | undefined,
  ): Promise<Ingested> {
    const bytes = objectBytes(segments, range, this.#sources, signal);
    return this.#ingest({ bytes, length: range.length }, cipher, signal);
  }

  get #sources(): ByteSources {
    return { records: this.#records, blobs: this.#blobs, ciphers: this.#ciphers, digests: this.#digests };
  }

  async #cut(segments: readonly Segment[], range: ByteRange, signal: AbortSignal | undefined): Promise<Segment[]> {
    const cut: Segment[] = [];
    let start = range.offset;
    let left = range.length;
    for (const segment of segments) {
      if (left === 0) break;
      if (start >= segment.length) {
        start -= segment.length;
        continue;
      }
      const length = Math.min(left, segment.length - start);
      const piece = { blob: segment.blob, offset: segment.offset + start, length };
      const crc64 = length === segment.length ? segment.crc64 : await this.#crcOf(segment, start, length, signal);
      cut.push({ ...piece, crc64 });
      left -= length;
      start = 0;
    }
    return cut;
  }

  async #crcOf(segment: Segment, offset: number, length: number, signal: AbortSignal | undefined): Promise<string> {
    const crc = new Crc64();
    for await (const chunk of objectBytes([segment], { offset, length }, this.#sources, signal)) {
      crc.update(chunk);
      releaseChunk(chunk);
    }
    return crc.digest();
  }
}

/** A whole ordinary object keeps its MD5. A range gets an opaque name: its MD5 would cost reading it. */
function copiedPartEtag(object: ObjectRow, range: ByteRange): string {
  if (object.type === 'Normal' && range.length === object.size) return object.etag;
  return createHash('md5').update(`${object.etag}:${range.offset}:${range.length}`).digest('hex').toUpperCase();
}

function checkPartNumber(number: number): void {
  if (Number.isInteger(number) && number >= 1 && number <= MAX_PART_NUMBER) return;
  throw new DomainError('InvalidArgument', {
    name: 'partNumber',
    value: String(number),
    reason: `Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive.`,
  });
}
