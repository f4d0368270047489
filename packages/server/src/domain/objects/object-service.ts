import { DomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type {
  BucketRow,
  ObjectAcl,
  ObjectHeaders,
  ObjectPage,
  ObjectRow,
  StorageClass,
} from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import { MAX_SINGLE_BODY_BYTES } from './commands.ts';
import type { Conditions } from './conditions.ts';
import { type Body, commitOrDiscard, type Ingested, ingest } from './ingest.ts';
import { checkObjectKey } from './names.ts';
import { type ByteRange, inlineObject, objectBytes, once, resumed } from './object-bytes.ts';

/** What a writer may say about an object; what it leaves out takes the bucket's or the vendor's default. */
export interface ObjectDescription {
  acl?: ObjectAcl | undefined;
  storageClass?: StorageClass | undefined;
  headers?: ObjectHeaders | undefined;
  meta?: Record<string, string> | undefined;
}

/** Objects: whole, immutable once visible, swapped by their record. */
export class ObjectService {
  #records: RecordStore;
  #blobs: BlobStore;
  #clock: Clock;
  #identities: Identities;
  constructor(dependencies: { records: RecordStore; blobs: BlobStore; clock: Clock; identities: Identities }) {
    this.#records = dependencies.records;
    this.#blobs = dependencies.blobs;
    this.#clock = dependencies.clock;
    this.#identities = dependencies.identities;
  }

  /** Throws `ObjectMissing`. */
  async get(bucket: BucketRow, key: string): Promise<ObjectRow> {
    const object = await this.#records.reads.objects.get(bucket.id, key);
    if (!object) throw new DomainError('ObjectMissing', { key });
    return object;
  }

  /**
   * The object's bytes, or a range of them. Resolves once the first chunk is in hand, so that a missing or damaged blob
   * is an error before an answer has begun; later damage makes the stream fail (`BlobDamaged`).
   */
  async read(object: ObjectRow, range?: ByteRange, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const sources = { reads: this.#records.reads, blobs: this.#blobs };
    const small = range === undefined && (await inlineObject(object, sources));
    if (small) return once(small);
    const stream = objectBytes(object.segments, range ?? { offset: 0, length: object.size }, sources, signal);
    const first = await stream.next();
    return resumed(first, stream);
  }

  /** A local file that holds exactly this object, when it is one whole blob kept as a file. */
  localPath(object: ObjectRow): string | undefined {
    const [segment, ...others] = object.segments;
    if (!segment || others.length > 0 || segment.offset !== 0 || segment.length !== object.size) return undefined;
    return this.#blobs.localPath(segment.blob);
  }

  /** Stores a whole object in place of what was there. */
  async put(
    request: {
      bucket: BucketRow;
      key: string;
      body: Body;
      forbidOverwrite?: boolean | undefined;
      signal?: AbortSignal | undefined;
    } & ObjectDescription,
  ): Promise<ObjectRow> {
    checkObjectKey(request.key);
    const { bucket } = request;
    const ingested = await this.#ingest(request.body, request.signal);
    const row: ObjectRow = {
      bucketId: bucket.id,
      key: request.key,
      versionId: 'null',
      type: 'Normal',
      size: ingested.size,
      etag: ingested.md5,
      crc64: ingested.crc64,
      lastModifiedMs: this.#clock.now(),
      ...describe(bucket, request),
      segments: ingested.segments,
    };
    await this.#commit(ingested, () =>
      this.#records.transact('putObject', {
        row,
        blobs: ingested.blobs,
        forbidOverwrite: request.forbidOverwrite ?? false,
      }),
    );
    return row;
  }

  /** Adds to the end of an appendable object, whose length must be `position`. Position 0 makes the object. */
  async append(
    request: {
      bucket: BucketRow;
      key: string;
      position: number;
      body: Body;
      signal?: AbortSignal | undefined;
    } & ObjectDescription,
  ): Promise<ObjectRow> {
    checkObjectKey(request.key);
    const { bucket, key, position } = request;
    // Refused before the body is stored where that can be told already; the command decides.
    const existing = await this.#records.reads.objects.get(bucket.id, key);
    if (existing && existing.type !== 'Appendable') throw new DomainError('ObjectNotAppendable', { key });
    const length = existing?.size ?? 0;
    if (length !== position) throw new DomainError('AppendPositionMismatch', { key, length });
    const ingested = await this.#ingest(request.body, request.signal);
    return this.#commit(ingested, () =>
      this.#records.transact('appendObject', {
        bucketId: bucket.id,
        key,
        position,
        ...ingested,
        created: describe(bucket, request),
        nowMs: this.#clock.now(),
      }),
    );
  }

  /** Copies within the server by sharing bytes. `replace` absent keeps what the source says about itself. */
  copy(request: {
    source: { bucket: BucketRow; key: string; conditions: Conditions };
    bucket: BucketRow;
    key: string;
    acl?: ObjectAcl | undefined;
    storageClass?: StorageClass | undefined;
    replace?: { headers: ObjectHeaders; meta: Record<string, string> } | undefined;
    forbidOverwrite?: boolean | undefined;
  }): Promise<ObjectRow> {
    checkObjectKey(request.key);
    const { source } = request;
    return this.#records.transact('copyObject', {
      source: { bucketId: source.bucket.id, key: source.key, conditions: source.conditions },
      target: {
        bucketId: request.bucket.id,
        key: request.key,
        acl: request.acl ?? 'default',
        storageClass: request.storageClass,
        replace: request.replace,
      },
      forbidOverwrite: request.forbidOverwrite ?? false,
      nowMs: this.#clock.now(),
    });
  }

  /** Succeeds whether or not the object was there. */
  async remove(bucket: BucketRow, key: string): Promise<void> {
    await this.removeMany(bucket, [key]);
  }

  /** One transaction for all keys. */
  async removeMany(bucket: BucketRow, keys: string[]): Promise<void> {
    await this.#records.transact('deleteObjects', { bucketId: bucket.id, keys, nowMs: this.#clock.now() });
  }

  setAcl(bucket: BucketRow, key: string, acl: ObjectAcl): Promise<void> {
    return this.#records.transact('setObjectAcl', { bucketId: bucket.id, key, acl });
  }

  /** One page of keys and common prefixes, strictly after `after`; at least one entry wide. */
  async list(
    bucket: BucketRow,
    query: { prefix: string; delimiter: string; after: string; limit: number },
  ): Promise<ObjectPage> {
    return this.#records.reads.objects.page({ bucketId: bucket.id, ...query });
  }

  #ingest(body: Body, signal: AbortSignal | undefined): Promise<Ingested> {
    return ingest(body, { blobs: this.#blobs, identities: this.#identities, limit: MAX_SINGLE_BODY_BYTES, signal });
  }

  #commit<T>(ingested: Ingested, commit: () => Promise<T>): Promise<T> {
    return commitOrDiscard(ingested, this.#blobs, commit);
  }
}

/** Fills in what the writer left out. */
export function describe(
  bucket: BucketRow,
  description: ObjectDescription,
): Pick<ObjectRow, 'acl' | 'storageClass' | 'headers' | 'meta'> {
  return {
    acl: description.acl ?? 'default',
    storageClass: description.storageClass ?? bucket.storageClass,
    headers: description.headers ?? {},
    meta: description.meta ?? {},
  };
}
