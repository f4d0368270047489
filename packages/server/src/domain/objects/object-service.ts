import { hash } from 'node:crypto';
import { DomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Digests } from '../ports/digests.ts';
import type {
  BucketRow,
  ObjectAcl,
  ObjectHeaders,
  ObjectPage,
  ObjectRow,
  Segment,
  StorageClass,
  VersionPage,
} from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { BlobCiphers, CipherName } from './blob-cipher.ts';
import { checkAppend, type Deletion, MAX_SINGLE_BODY_BYTES, type NewBlob } from './commands.ts';
import type { Conditions } from './conditions.ts';
import { digestsHere } from './digesting.ts';
import { allSealedWith, cipherFor, type Encryption, encryptionOf, encryptionTrait } from './encryption.ts';
import { type Body, commitOrDiscard, type Ingested, ingest } from './ingest.ts';
import { checkObjectKey } from './names.ts';
import {
  type ByteRange,
  type ByteSources,
  inlineObject,
  nameObject,
  objectBytes,
  once,
  resumed,
} from './object-bytes.ts';
import { DAY_MS, MAX_RESTORED_DAYS } from './restoration.ts';
import { checkRetention } from './retention.ts';
import { tagTrait } from './tags.ts';
import { checkLock, keepingTraits, type VersionKeeping } from './version-lock.ts';
import { findObject, type NewObject } from './versions.ts';

/** What a writer may say about an object; what it leaves out takes the bucket's or the vendor's default. */
export interface ObjectDescription {
  acl?: ObjectAcl | undefined;
  storageClass?: StorageClass | undefined;
  headers?: ObjectHeaders | undefined;
  meta?: Record<string, string> | undefined;
  tags?: Record<string, string> | undefined;
  /** Absent leaves it to the bucket. */
  encryption?: Encryption | undefined;
  /** Whatever is absent leaves it to the bucket. */
  keeping?: VersionKeeping | undefined;
}

/** One object, and which version of it; the current one when none is named. */
export interface ObjectReference {
  bucket: BucketRow;
  key: string;
  versionId?: string | undefined;
}

export interface ObjectDependencies {
  records: RecordStore;
  blobs: BlobStore;
  ciphers: BlobCiphers;
  /** Worked out in the thread that asks, by default. */
  digests?: Digests;
  clock: Clock;
  identities: Identities;
}

/** Objects: whole, immutable once visible, swapped by their record. */
export class ObjectService {
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

  /** Throws `ObjectMissing`; for a version that is named `VersionMissing` or `VersionIsMarker`. */
  async get(bucket: BucketRow, key: string, versionId?: string): Promise<ObjectRow> {
    const { reads } = this.#records;
    // Where there never were versions, none needs to be looked for behind an object that is missing.
    const current = bucket.versioning === 'Unversioned' && versionId === undefined;
    if (!current) return findObject(reads, { bucketId: bucket.id, key, versionId });
    const object = await reads.objects.get(bucket.id, key);
    if (!object) throw new DomainError('ObjectMissing', { key });
    return object;
  }

  /**
   * The object's bytes, or a range of them. Resolves once the first chunk is in hand, so that a missing or damaged blob
   * is an error before an answer has begun; later damage makes the stream fail (`BlobDamaged`).
   */
  async read(object: ObjectRow, range?: ByteRange, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const explain = (error: unknown): unknown => nameObject(error, object.key);
    try {
      const small = range === undefined && (await inlineObject(object, this.#sources));
      if (small) return once(small);
      const whole = { offset: 0, length: object.size };
      const stream = objectBytes(object.segments, range ?? whole, this.#sources, signal);
      return resumed(await stream.next(), stream, explain);
    } catch (error) {
      throw explain(error);
    }
  }

  /**
   * Whether any of the object's bytes lie encrypted on the disk. A copy that did not ask for it shares the blobs of its
   * source, and so is, without saying so.
   */
  async isSealed({ traits, segments }: ObjectRow): Promise<boolean> {
    if (traits.encryption !== undefined) return true;
    for (const { blob } of segments) {
      if ((await this.#records.reads.blobs.content(blob))?.seal !== undefined) return true;
    }
    return false;
  }

  /**
   * Local files of which each begins with one of an object's segments, in order, where all are kept so and not encrypted. One
   * that is longer than its segment holds what does not belong to the object.
   */
  async localPaths({ segments }: ObjectRow): Promise<{ path: string; length: number }[] | undefined> {
    const files: { path: string; length: number }[] = [];
    for (const { blob, offset, length } of segments) {
      const content = await this.#records.reads.blobs.content(blob);
      const path = this.#blobs.localPath(blob);
      if (offset !== 0 || content?.data !== undefined || content?.seal !== undefined || path === undefined)
        return undefined;
      files.push({ path, length });
    }
    return files;
  }

  /** Stores a whole object in place of what was there. */
  async put(
    request: {
      bucket: BucketRow;
      key: string;
      body: Body;
      forbidOverwrite?: boolean | undefined;
      /** The task whose output it is, to be told from others' objects when it is written again. */
      madeBy?: string | undefined;
      signal?: AbortSignal | undefined;
      /** Bytes it may have, where it is more than a client may put at once. */
      limit?: number | undefined;
    } & ObjectDescription,
  ): Promise<ObjectRow> {
    checkObjectKey(request.key);
    const { bucket, madeBy } = request;
    this.#checkKeeping(request.keeping);
    const encryption = await this.#encryption(bucket, request.encryption);
    const ingested = await this.#ingest(request.body, request.signal, encryption, request.limit);
    const described = describe(bucket, { ...request, encryption });
    const object: NewObject = {
      bucketId: bucket.id,
      key: request.key,
      type: 'Normal',
      size: ingested.size,
      etag: ingested.md5,
      crc64: ingested.crc64,
      lastModifiedMs: this.#clock.now(),
      ...described,
      ...(madeBy !== undefined && { traits: { ...described.traits, madeBy } }),
      segments: ingested.segments,
    };
    return this.#commit(ingested, () => this.#place(object, ingested.blobs, request.forbidOverwrite));
  }

  /** Makes a symbolic link to another key of the bucket, whether or not there is anything. */
  putLink(
    request: {
      bucket: BucketRow;
      key: string;
      target: string;
      forbidOverwrite?: boolean | undefined;
    } & ObjectDescription,
  ): Promise<ObjectRow> {
    checkObjectKey(request.key);
    checkObjectKey(request.target);
    const { bucket, key, target } = request;
    const described = describe(bucket, request);
    const link: NewObject = {
      bucketId: bucket.id,
      key,
      type: 'Symlink',
      size: 0,
      etag: hash('md5', target, 'hex').toUpperCase(),
      crc64: '0',
      lastModifiedMs: this.#clock.now(),
      ...described,
      traits: { ...described.traits, linkTarget: target },
      segments: [],
    };
    return this.#place(link, [], request.forbidOverwrite);
  }

  async #place(object: NewObject, blobs: NewBlob[], forbidOverwrite = false): Promise<ObjectRow> {
    const versionId = this.#identities.version();
    const placed = await this.#records.transact('putObject', { object, versionId, blobs, forbidOverwrite });
    return { ...object, ...placed };
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
    checkAppend(key, existing, position);
    if (existing) checkRetention(bucket, existing, this.#clock.now());
    // What the first append said holds for all that follow.
    const encryption = existing ? existing.traits.encryption : await this.#encryption(bucket, request.encryption);
    const ingested = await this.#ingest(request.body, request.signal, encryption);
    return this.#commit(ingested, () =>
      this.#records.transact('appendObject', {
        bucketId: bucket.id,
        key,
        position,
        versionId: this.#identities.version(),
        ...ingested,
        created: describe(bucket, { ...request, encryption }),
        nowMs: this.#clock.now(),
      }),
    );
  }

  /** No more is appended from now on. Says since when; throws what `append` does. */
  seal(bucket: BucketRow, key: string, position: number): Promise<number> {
    return this.#records.transact('sealObject', { bucketId: bucket.id, key, position, nowMs: this.#clock.now() });
  }

  /**
   * Copies within the server by sharing bytes. `replace` and `tags` absent keep what the source says about itself. A
   * symbolic link is copied as such. Bytes that the copy must have encrypted, and are not, are the only ones that are
   * written anew.
   */
  async copy(request: {
    source: ObjectReference & { conditions: Conditions };
    bucket: BucketRow;
    key: string;
    acl?: ObjectAcl | undefined;
    storageClass?: StorageClass | undefined;
    replace?: { headers: ObjectHeaders; meta: Record<string, string> } | undefined;
    tags?: Record<string, string> | undefined;
    encryption?: Encryption | undefined;
    keeping?: VersionKeeping | undefined;
    forbidOverwrite?: boolean | undefined;
    signal?: AbortSignal | undefined;
  }): Promise<{ copy: ObjectRow; sourceVersionId: string }> {
    checkObjectKey(request.key);
    const { source } = request;
    this.#checkKeeping(request.keeping);
    const encryption = await this.#encryption(request.bucket, request.encryption);
    const sealed = await this.#sealedAnew(source, cipherFor(encryption), request.signal);
    const commit = (): Promise<{ copy: ObjectRow; sourceVersionId: string }> =>
      this.#records.transact('copyObject', {
        source: {
          bucketId: source.bucket.id,
          key: source.key,
          versionId: source.versionId,
          conditions: source.conditions,
        },
        target: {
          bucketId: request.bucket.id,
          key: request.key,
          versionId: this.#identities.version(),
          acl: request.acl ?? 'default',
          storageClass: request.storageClass,
          replace: request.replace,
          tags: request.tags,
          encryption,
          keeping: request.keeping,
          ...(sealed && {
            sealed: { of: sealed.of, segments: sealed.ingested.segments, blobs: sealed.ingested.blobs },
          }),
        },
        forbidOverwrite: request.forbidOverwrite ?? false,
        nowMs: this.#clock.now(),
      });
    return sealed ? this.#commit(sealed.ingested, commit) : commit();
  }

  /** The bytes of an object under another cipher; undefined where they need not be. */
  async #sealedAnew(
    { bucket, key, versionId }: ObjectReference,
    cipher: CipherName | undefined,
    signal: AbortSignal | undefined,
  ): Promise<{ of: Segment[]; ingested: Ingested } | undefined> {
    if (cipher === undefined) return undefined;
    const original = await this.get(bucket, key, versionId);
    if (await allSealedWith(cipher, original.segments, this.#records.reads)) return undefined;
    const body = { bytes: await this.read(original, undefined, signal), length: original.size };
    const ingested = await ingest(body, { ...this.#ingestion, limit: original.size, signal, cipher });
    return { of: original.segments, ingested };
  }

  /** Succeeds whether or not the object was there. */
  async remove(bucket: BucketRow, key: string, versionId?: string, bypass = false): Promise<Deletion> {
    const [deletion] = await this.removeMany(bucket, [{ key, versionId }], bypass);
    return deletion ?? { key };
  }

  /** One transaction for all keys, which it tells of in their order. `bypass` looks past locks that are loose. */
  removeMany(
    bucket: BucketRow,
    keys: { key: string; versionId?: string | undefined }[],
    bypass = false,
  ): Promise<Deletion[]> {
    return this.#records.transact('deleteObjects', {
      bucketId: bucket.id,
      keys: keys.map(({ key, versionId }) => ({ key, versionId, markerId: this.#identities.version() })),
      bypass,
      nowMs: this.#clock.now(),
    });
  }

  /** Like all that change what is said about an object, gives the version that it was done to. */
  setAcl({ bucket, key, versionId }: ObjectReference, acl: ObjectAcl): Promise<string> {
    return this.#records.transact('setObjectAcl', { bucketId: bucket.id, key, versionId, acl });
  }

  setTags({ bucket, key, versionId }: ObjectReference, tags: Record<string, string>): Promise<string> {
    return this.#records.transact('setObjectTags', { bucketId: bucket.id, key, versionId, tags });
  }

  /**
   * Makes an archived object readable for some days, from shortly after now. `begun` is false when it was readable
   * already, and is for longer now. Throws `RestorationOngoing`, `ObjectNotArchived` for what needs no restoring, and
   * `RestorationTierless` when a tier is asked for that the object's class does not have.
   */
  restore(
    { bucket, key, versionId }: ObjectReference,
    days: number,
    { withTier = false } = {},
  ): Promise<{ versionId: string; begun: boolean }> {
    if (!Number.isInteger(days) || days < 1 || days > MAX_RESTORED_DAYS) {
      const reason = `An object can be restored for 1 to ${MAX_RESTORED_DAYS} days.`;
      throw new DomainError('InvalidArgument', { name: 'Days', value: String(days), reason });
    }
    return this.#records.transact('restoreObject', {
      bucketId: bucket.id,
      key,
      versionId,
      forMs: days * DAY_MS,
      withTier,
      nowMs: this.#clock.now(),
    });
  }

  /** Gives up the readable copy of an archived object. Throws `RestorationMissing` or `RestorationUnfinished` when there is none. */
  endRestoration({ bucket, key, versionId }: ObjectReference): Promise<string> {
    return this.#records.transact('endRestoration', { bucketId: bucket.id, key, versionId, nowMs: this.#clock.now() });
  }

  /** One page of keys and common prefixes, strictly after `after`; at least one entry wide. */
  async list(
    bucket: BucketRow,
    query: { prefix: string; delimiter: string; after: string; limit: number },
  ): Promise<ObjectPage> {
    return this.#records.reads.objects.page({ bucketId: bucket.id, ...query });
  }

  /** One page of all versions and delete markers: newest first within a key, after `afterVersion` of `afterKey`. */
  async listVersions(
    bucket: BucketRow,
    query: { prefix: string; delimiter: string; afterKey: string; afterVersion: string; limit: number },
  ): Promise<VersionPage> {
    return this.#records.reads.versions.page({ bucketId: bucket.id, ...query });
  }

  get #sources(): ByteSources {
    return { records: this.#records, blobs: this.#blobs, ciphers: this.#ciphers, digests: this.#digests };
  }

  get #ingestion() {
    return { blobs: this.#blobs, identities: this.#identities, ciphers: this.#ciphers, digests: this.#digests };
  }

  #checkKeeping(keeping: VersionKeeping | undefined): void {
    if (keeping?.lock) checkLock(keeping.lock, this.#clock.now());
  }

  #encryption(bucket: BucketRow, asked: Encryption | undefined): Promise<Encryption | undefined> {
    return encryptionOf(this.#records.reads, bucket, asked);
  }

  #ingest(
    body: Body,
    signal: AbortSignal | undefined,
    encryption: Encryption | undefined,
    limit = MAX_SINGLE_BODY_BYTES,
  ): Promise<Ingested> {
    const cipher = cipherFor(encryption);
    return ingest(body, { ...this.#ingestion, limit, signal, cipher });
  }

  #commit<T>(ingested: Ingested, commit: () => Promise<T>): Promise<T> {
    return commitOrDiscard(ingested, this.#blobs, commit);
  }
}

/** Fills in what the writer left out. */
export function describe(
  bucket: BucketRow,
  description: ObjectDescription,
): Pick<ObjectRow, 'acl' | 'storageClass' | 'traits' | 'headers' | 'meta'> {
  return {
    acl: description.acl ?? 'default',
    storageClass: description.storageClass ?? bucket.storageClass,
    traits: {
      ...tagTrait(description.tags),
      ...encryptionTrait(description.encryption),
      ...keepingTraits(description.keeping ?? {}),
    },
    headers: description.headers ?? {},
    meta: description.meta ?? {},
  };
}
