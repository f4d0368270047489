import type { Encryption } from '../objects/encryption.ts';
import type { BlobId } from './blob-store.ts';
import type { Awaitable, Unsaved } from './record-store.ts';

export type Acl = 'private' | 'public-read' | 'public-read-write';
export type ObjectAcl = Acl | 'default';
export type ObjectType = 'Normal' | 'Appendable' | 'Multipart' | 'Symlink';
export type StorageClass = 'Standard' | 'IA' | 'Archive' | 'ColdArchive' | 'DeepColdArchive';
/** Whether a bucket keeps what is overwritten or deleted. Once versioned, it can only be suspended. */
export type Versioning = 'Unversioned' | 'Enabled' | 'Suspended';

/** For how many days after they were written the objects of a bucket can be neither overwritten nor deleted. */
export interface Retention {
  id: string;
  days: number;
  createdMs: number;
  /** It stays as long as the bucket. Otherwise it can be taken back, and ends by itself after a while. */
  locked: boolean;
}

export interface BucketRow {
  id: number;
  name: string;
  ownerId: string;
  createdMs: number;
  acl: Acl;
  storageClass: StorageClass;
  dataRedundancy: 'LRS' | 'ZRS';
  versioning: Versioning;
  retention?: Retention;
}

/** A run of bytes inside one blob. Objects and parts are lists of these; nothing else points at bytes. */
export interface Segment {
  blob: BlobId;
  offset: number;
  length: number;
  /** CRC-64/XZ of exactly these bytes, as an unsigned decimal number. */
  crc64: string;
}

/** What a writer says about an object besides its bytes. Absent means the writer did not say. */
export interface ObjectHeaders {
  contentType?: string;
  cacheControl?: string;
  contentDisposition?: string;
  contentEncoding?: string;
  contentLanguage?: string;
  expires?: string;
}

/** What few objects have, and most do not. */
export interface ObjectTraits {
  tags?: Record<string, string>;
  /** Of a symbolic link: the key that it points at, in the same bucket. */
  linkTarget?: string;
  /** Of an object in an archive class: when it can be read, and until when. */
  restored?: Restoration;
  /** Present when it asked to be encrypted, or its bucket did. */
  encryption?: Encryption;
  /** From when on an appendable object takes no more. */
  sealedMs?: number;
  /** The task that made it, in a bucket where only that one may write it again. */
  madeBy?: string;
  /** Until when this version stays, and a hold that keeps it until somebody takes it off: each by itself. */
  lock?: VersionLock;
  held?: true;
  /** When it was read, in a bucket that takes notice: the first time in each 24 hours. */
  accessedMs?: number;
  /** Of an object whose parts came in order: the MD5 of all its bytes. */
  md5?: string;
}

/** Keeps one version from being removed until its time. A firm one lets nobody by. */
export interface VersionLock {
  mode: 'loose' | 'firm';
  untilMs: number;
}

/** A readable copy of an archived object, as times: nothing has to happen for it to begin or to end. */
export interface Restoration {
  fromMs: number;
  untilMs: number;
}

export interface ObjectRow {
  bucketId: number;
  key: string;
  /** The word `null` for one that was written while its bucket did not keep versions. */
  versionId: string;
  /** Orders the versions of a key, newest first: each new one has a smaller number than all before it. */
  rank: number;
  type: ObjectType;
  size: number;
  /** Upper-case hex, without quotes. */
  etag: string;
  /** CRC-64/XZ of the whole object, unsigned decimal. */
  crc64: string;
  lastModifiedMs: number;
  storageClass: StorageClass;
  acl: ObjectAcl;
  traits: ObjectTraits;
  headers: ObjectHeaders;
  /** User metadata: lower-case names without the `x-oss-meta-` prefix. */
  meta: Record<string, string>;
  segments: Segment[];
}

/** Stands where an object was deleted from a bucket that keeps versions. */
export interface DeleteMarker extends Pick<ObjectRow, 'bucketId' | 'key' | 'versionId' | 'rank' | 'lastModifiedMs'> {
  type: 'DeleteMarker';
}

export type ObjectVersion = ObjectRow | DeleteMarker;

/** What a listing needs of an object. */
export type ObjectSummary = Pick<ObjectRow, 'key' | 'type' | 'size' | 'etag' | 'lastModifiedMs' | 'storageClass'> & {
  /** Null for the many that have none: a page has a thousand. */
  traits: ObjectTraits | null;
};

export interface ObjectPage {
  /** In UTF-8 byte order of key or prefix, both kinds mixed. */
  entries: ({ object: ObjectSummary } | { prefix: string })[];
  truncated: boolean;
}

/** What a listing of versions needs of one. */
export type VersionSummary = Pick<ObjectRow, 'versionId' | 'rank'> & {
  /** Whether it is what a reader of the key meets. */
  latest: boolean;
} & (ObjectSummary | Pick<DeleteMarker, 'key' | 'type' | 'lastModifiedMs'>);

export interface VersionPage {
  /** By key, each key's newest first, common prefixes in between. */
  entries: ({ version: VersionSummary } | { prefix: string })[];
  truncated: boolean;
}

export interface UploadRow {
  id: string;
  bucketId: number;
  key: string;
  initiatedMs: number;
  storageClass: StorageClass;
  acl: ObjectAcl;
  headers: ObjectHeaders;
  meta: Record<string, string>;
  tags: Record<string, string>;
  /** Parts must arrive in order. */
  sequential: boolean;
  encryption?: Encryption;
  /** How the version that it ends in is kept, where its writer said so. */
  traits: Pick<ObjectTraits, 'lock' | 'held'>;
  /** It may not end in place of another object. */
  forbidOverwrite: boolean;
}

export interface PartRow {
  uploadId: string;
  number: number;
  size: number;
  etag: string;
  crc64: string;
  lastModifiedMs: number;
  /** Of a part that had to come in order: an MD5, put away before its first byte and after its last, of all so far. */
  md5?: { before: string; after: string } | undefined;
  segments: Segment[];
}

export interface BucketRecords {
  byName(name: string): Awaitable<BucketRow | undefined>;
  byId(id: number): Awaitable<BucketRow | undefined>;
  /** Buckets of one owner in name order, `after` excluded, at most `limit`. */
  list(query: { ownerId: string; prefix: string; after: string; limit: number }): Awaitable<BucketRow[]>;
  /** Buckets of all owners in name order, `after` excluded, at most `limit`. */
  all(after: string, limit: number): Awaitable<BucketRow[]>;
  insert(row: Unsaved<BucketRow>): Awaitable<BucketRow>;
  update(row: BucketRow): Awaitable<void>;
  remove(id: number): Awaitable<void>;
}

/** The current object of each key: what was deleted last, or was never there, has none. */
export interface ObjectRecords {
  get(bucketId: number, key: string): Awaitable<ObjectRow | undefined>;
  /**
   * One page of keys starting strictly after `after`. With a delimiter, keys that share a prefix up to the first
   * delimiter after `prefix` become one entry, found by skipping and not by reading every key; a common prefix that is
   * `<= after` is not repeated.
   */
  page(query: {
    bucketId: number;
    prefix: string;
    delimiter: string;
    after: string;
    limit: number;
  }): Awaitable<ObjectPage>;
  /** Whether the bucket holds any object. */
  any(bucketId: number): Awaitable<boolean>;
  /** Inserts, or replaces the row of the same bucket and key. Does not touch blob references. */
  put(row: ObjectRow): Awaitable<void>;
  remove(bucketId: number, key: string): Awaitable<void>;
}

/**
 * What else there is of a key in a bucket that keeps versions: older objects, and delete markers, also the one that is
 * newest. So the current objects stand alone, and neither reads nor listings of them pass over old versions.
 */
export interface VersionRecords {
  get(bucketId: number, key: string, versionId: string): Awaitable<ObjectVersion | undefined>;
  /** The newest of a key. Where the key has no current object, a delete marker. */
  newest(bucketId: number, key: string): Awaitable<ObjectVersion | undefined>;
  /**
   * One page of all versions of a bucket, the current objects among them, after `afterVersion` of `afterKey`: after all of
   * that key when no version is named, and all of it again when the one named is gone. Delimiter as in object pages.
   */
  page(query: {
    bucketId: number;
    prefix: string;
    delimiter: string;
    afterKey: string;
    afterVersion: string;
    limit: number;
  }): Awaitable<VersionPage>;
  /** Whether a bucket has any. */
  any(bucketId: number): Awaitable<boolean>;
  /** Inserts, or replaces the one of the same rank. Does not touch blob references. */
  put(row: ObjectVersion): Awaitable<void>;
  remove(bucketId: number, key: string, versionId: string): Awaitable<void>;
}

export interface UploadRecords {
  get(id: string): Awaitable<UploadRow | undefined>;
  /** Parts in number order, strictly after `after`, at most `limit`. */
  parts(uploadId: string, after: number, limit: number): Awaitable<PartRow[]>;
  part(uploadId: string, number: number): Awaitable<PartRow | undefined>;
  /** Uploads of a bucket by key (byte order), then by id; strictly after (`afterKey`, `afterId`). Delimiter as in object pages. */
  page(query: {
    bucketId: number;
    prefix: string;
    delimiter: string;
    afterKey: string;
    afterId: string;
    limit: number;
  }): Awaitable<{ entries: ({ upload: UploadRow } | { prefix: string })[]; truncated: boolean }>;
  any(bucketId: number): Awaitable<boolean>;
  insert(row: UploadRow): Awaitable<void>;
  /** Inserts, or replaces the part of the same number. Does not touch blob references. */
  putPart(row: PartRow): Awaitable<void>;
  /** Removes the upload and all its part rows. Does not touch blob references. */
  remove(id: string): Awaitable<void>;
}

export interface BlobRow {
  id: BlobId;
  length: number;
  /** Of all its bytes, as in segments: of the plaintext, where they are encrypted. */
  crc64: string;
  /** The sealed key of a blob whose bytes are encrypted. */
  seal?: string | undefined;
}

/** How the bytes of a blob are kept. */
export interface BlobContent {
  /** The bytes themselves, of a blob kept inline; others are in the blob store. */
  data?: Uint8Array | undefined;
  seal?: string | undefined;
}

/** What a part of a blob is verified by. */
export interface MarkedBlob extends Pick<BlobRow, 'length' | 'crc64'> {
  /** Undefined for a blob that was stored before there were any. */
  marks?: string | undefined;
}

export interface BlobRecords {
  /** Records a new blob with no reference yet; `data` keeps its bytes here instead of in the blob store. */
  insert(blob: BlobRow & { data?: Uint8Array }): Awaitable<void>;
  /**
   * How the bytes of a blob are kept; undefined for one that is not recorded. `fresh` asks for what is stored, where a
   * store keeps some in memory.
   */
  content(id: BlobId, options?: { fresh: boolean }): Awaitable<BlobContent | undefined>;
  /** Undefined for one that is not recorded. */
  marked(id: BlobId): Awaitable<MarkedBlob | undefined>;
  /** Adds marks to a blob, or replaces them. */
  mark(id: BlobId, marks: string): Awaitable<void>;
  /** Adds one reference for each segment. */
  retain(segments: readonly Segment[]): Awaitable<void>;
  /** Takes one reference for each segment. A blob left without any becomes garbage: still readable, for answers under way. */
  release(segments: readonly Segment[], nowMs: number): Awaitable<void>;
  /** Blobs that something refers to, by id, strictly after `after`. */
  page(after: BlobId, limit: number): Awaitable<BlobRow[]>;
  /** The objects that have bytes in a blob. Costs a look at every object. */
  users(id: BlobId): Awaitable<{ bucket: string; key: string }[]>;
  /** Those of `ids` that have a record, garbage included. */
  known(ids: readonly BlobId[]): Awaitable<Set<BlobId>>;
  /** Blobs whose last reference went before `beforeMs`, inline ones included. */
  garbage(beforeMs: number, limit: number): Awaitable<BlobId[]>;
  /** The blob store no longer has these pieces of garbage: removes their records, and the bytes of inline ones. */
  forget(ids: readonly BlobId[]): Awaitable<void>;
}
