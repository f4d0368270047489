import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '../errors.ts';
import type { BlobId } from '../ports/blob-store.ts';
import type {
  Acl,
  BlobRow,
  BucketRow,
  ObjectAcl,
  ObjectHeaders,
  ObjectRow,
  PartRow,
  Segment,
  StorageClass,
  UploadRow,
  Versioning,
} from '../ports/object-records.ts';
import type { Transaction } from '../ports/record-store.ts';
import type { BucketSettings } from '../settings/bucket-settings.ts';
import { changesOf } from '../settings/commands.ts';
import { type Conditions, checkConditions } from './conditions.ts';
import { combine } from './crc64.ts';
import { type Encryption, encryptionTrait } from './encryption.ts';
import { lifecycleCommands } from './lifecycle-commands.ts';
import { checkReadable } from './restoration.ts';
import { ResumableMd5 } from './resumable-md5.ts';
import { checkRetention, retentionOf } from './retention.ts';
import { retentionCommands } from './retention-commands.ts';
import { tagTrait } from './tags.ts';
import { traitCommands } from './trait-commands.ts';
import { keepingTraits, type VersionKeeping } from './version-lock.ts';
import { versionLockCommands } from './version-lock-commands.ts';
import {
  findObject,
  type NamedVersion,
  type NewObject,
  placeMarker,
  placeObject,
  removeObject,
  removeVersion,
  updateObject,
  type VersionReference,
  versionLocksOf,
} from './versions.ts';

/** Vendor limits. */
export const MAX_SINGLE_BODY_BYTES = 5 * 1024 ** 3;
export const MIN_PART_BYTES = 100 * 1024;
export const MAX_PART_NUMBER = 10_000;

/** A blob that was written just now and has no record yet. */
export interface NewBlob extends BlobRow {
  /** The bytes themselves, when they are few enough to be kept with the records. */
  data?: Uint8Array;
  /** Of one that is long enough to have some inside, as `blob-marks.ts` has them. */
  marks?: string;
}

const emptyCrc64 = '0';

async function bucketOf(tx: Transaction, id: number): Promise<BucketRow> {
  const bucket = await tx.buckets.byId(id);
  // Deleted between the lookup and this transaction.
  if (!bucket) throw new DomainError('BucketMissing', { bucket: '' });
  return bucket;
}

async function uploadOf(tx: Transaction, id: string, bucketId: number, key: string): Promise<UploadRow> {
  const upload = await tx.uploads.get(id);
  if (!upload || upload.bucketId !== bucketId || upload.key !== key) {
    throw new DomainError('UploadMissing', { uploadId: id });
  }
  return upload;
}

/** Vendor rule: where versions are kept, or once were, nothing can be lost by overwriting, and the wish is not heard. */
/** A task whose work is begun anew writes over what it wrote itself, and over nobody else's. */
async function refuseOverwrite(tx: Transaction, bucket: BucketRow, key: string, madeBy?: string): Promise<void> {
  if (bucket.versioning !== 'Unversioned') return;
  const existing = await tx.objects.get(bucket.id, key);
  if (existing === undefined || (madeBy !== undefined && existing.traits.madeBy === madeBy)) return;
  throw new DomainError('ObjectExists', { key });
}

export async function insertBlobs(tx: Transaction, blobs: readonly NewBlob[]): Promise<void> {
  for (const blob of blobs) {
    await tx.blobs.insert(blob);
    if (blob.marks !== undefined) await tx.blobs.mark(blob.id, blob.marks);
  }
}

/** Adds the marks of a blob that was stored without. Nothing is lost where it has gone meanwhile. */
async function markBlob(tx: Transaction, input: { blob: BlobId; marks: string }): Promise<void> {
  if (await tx.blobs.marked(input.blob)) await tx.blobs.mark(input.blob, input.marks);
}

/** Creating a bucket that is already one's own succeeds and changes its ACL only, if one was given. */
async function createBucket(
  tx: Transaction,
  input: {
    name: string;
    ownerId: string;
    acl?: Acl | undefined;
    storageClass: StorageClass;
    dataRedundancy: 'LRS' | 'ZRS';
    settings?: Partial<BucketSettings> | undefined;
    nowMs: number;
    /** How many buckets an owner may have. */
    limit: number;
  },
): Promise<BucketRow> {
  const existing = await tx.buckets.byName(input.name);
  if (existing) {
    if (existing.ownerId !== input.ownerId) throw new DomainError('BucketExists', { bucket: input.name });
    const kept = { ...existing, acl: input.acl ?? existing.acl };
    await tx.buckets.update(kept);
    return kept;
  }
  const owned = await tx.buckets.list({ ownerId: input.ownerId, prefix: '', after: '', limit: input.limit });
  if (owned.length >= input.limit) throw new DomainError('TooManyBuckets', { limit: input.limit });
  const bucket = await tx.buckets.insert({
    name: input.name,
    ownerId: input.ownerId,
    createdMs: input.nowMs,
    acl: input.acl ?? 'private',
    storageClass: input.storageClass,
    dataRedundancy: input.dataRedundancy,
    versioning: 'Unversioned',
  });
  for (const { name, value } of changesOf(input.settings ?? {})) {
    await tx.settings.put(bucket.id, name, value, input.nowMs);
  }
  return bucket;
}

async function setBucketAcl(tx: Transaction, input: { bucketId: number; acl: Acl }): Promise<void> {
  await tx.buckets.update({ ...(await bucketOf(tx, input.bucketId)), acl: input.acl });
}

async function setBucketVersioning(
  tx: Transaction,
  input: { bucketId: number; versioning: Exclude<Versioning, 'Unversioned'>; nowMs: number },
): Promise<void> {
  const { versioning, nowMs } = input;
  const bucket = await bucketOf(tx, input.bucketId);
  if (versioning === 'Suspended' && (retentionOf(bucket, nowMs) || (await versionLocksOf(tx, bucket)))) {
    throw new DomainError('RetentionExcluded', { by: 'retention' });
  }
  await tx.buckets.update({ ...bucket, versioning });
}

async function deleteBucket(tx: Transaction, input: { bucketId: number }): Promise<void> {
  const bucket = await bucketOf(tx, input.bucketId);
  const { objects, versions, uploads } = tx;
  if ((await objects.any(bucket.id)) || (await versions.any(bucket.id)) || (await uploads.any(bucket.id))) {
    throw new DomainError('BucketNotEmpty', { bucket: bucket.name });
  }
  await tx.settings.removeAll(bucket.id);
  await tx.items.removeAll(bucket.id);
  await tx.bindings.remove(bucket.id);
  await tx.buckets.remove(bucket.id);
}

async function putObject(
  tx: Transaction,
  input: { object: NewObject; versionId: string; blobs: NewBlob[]; forbidOverwrite: boolean },
): Promise<Pick<ObjectRow, 'versionId' | 'rank'>> {
  const { object } = input;
  const bucket = await bucketOf(tx, object.bucketId);
  if (input.forbidOverwrite) await refuseOverwrite(tx, bucket, object.key, object.traits.madeBy);
  await insertBlobs(tx, input.blobs);
  await tx.blobs.retain(object.segments);
  const { versionId, rank } = await placeObject(tx, bucket, object, input.versionId);
  return { versionId, rank };
}

/** What became of one key that was asked to be deleted. */
export interface Deletion {
  key: string;
  /** The version that was named. */
  versionId?: string;
  /** The delete marker that was put in front, or that was the version named. */
  markerId?: string;
}

/**
 * Deletes what exists of `keys`; deleting what does not exist succeeds. Where versions are kept, an object is hidden by a
 * delete marker, `markerId`; only a version that is named goes for good. One that is retained keeps the others, too.
 */
async function deleteObjects(
  tx: Transaction,
  input: {
    bucketId: number;
    keys: { key: string; versionId?: string | undefined; markerId: string }[];
    /** Whoever asks may look past loose locks, and wants to. */
    bypass?: boolean | undefined;
    nowMs: number;
  },
): Promise<Deletion[]> {
  const { nowMs, bypass } = input;
  const bucket = await bucketOf(tx, input.bucketId);
  const deletions: Deletion[] = [];
  for (const { key, versionId, markerId } of input.keys) {
    if (versionId !== undefined) {
      const type = await removeVersion(tx, bucket, { key, versionId, bypass }, nowMs);
      deletions.push({ key, versionId, ...(type === 'DeleteMarker' && { markerId: versionId }) });
    } else if (bucket.versioning === 'Unversioned') {
      await removeObject(tx, bucket, key, nowMs);
      deletions.push({ key });
    } else {
      deletions.push({ key, markerId: await placeMarker(tx, bucket, key, { versionId: markerId, nowMs }) });
    }
  }
  return deletions;
}

/** Copies records, never bytes: source and copy share their blobs. A copy onto itself changes what is said about it. */
async function copyObject(
  tx: Transaction,
  input: {
    source: VersionReference & { conditions: Conditions };
    target: {
      bucketId: number;
      key: string;
      versionId: string;
      acl: ObjectAcl;
      storageClass?: StorageClass | undefined;
      /** Replaces what the source says about itself; absent copies it. */
      replace?: { headers: ObjectHeaders; meta: Record<string, string> } | undefined;
      /** Replaces the tags of the source; absent copies them. */
      tags?: Record<string, string> | undefined;
      encryption?: Encryption | undefined;
      keeping?: VersionKeeping | undefined;
      /** The same bytes as those of the segments `of`, encrypted as the copy must be. */
      sealed?: { of: Segment[]; segments: Segment[]; blobs: NewBlob[] };
    };
    forbidOverwrite: boolean;
    nowMs: number;
  },
): Promise<{ copy: ObjectRow; sourceVersionId: string }> {
  const { source, target, nowMs } = input;
  const original = await findObject(tx, source);
  checkConditions(source.conditions, original);
  checkReadable(original, nowMs);
  const bucket = await bucketOf(tx, target.bucketId);
  if (input.forbidOverwrite) await refuseOverwrite(tx, bucket, target.key);
  const { sealed } = target;
  if (sealed && !isDeepStrictEqual(sealed.of, original.segments)) {
    throw new DomainError('PreconditionFailed', { condition: 'x-oss-copy-source' });
  }
  const appended = original.type === 'Appendable';
  const { linkTarget, md5, tags = {} } = { ...original.traits, ...(target.tags && { tags: target.tags }) };
  const object: NewObject = {
    ...original,
    bucketId: target.bucketId,
    key: target.key,
    // The copy of an appendable object is an ordinary one, but for its ETag: that is no MD5, and must not look like one.
    type: appended ? 'Normal' : original.type,
    etag: appended ? `${original.etag}-1` : original.etag,
    lastModifiedMs: nowMs,
    storageClass: target.storageClass ?? original.storageClass,
    acl: target.acl,
    traits: {
      ...(linkTarget !== undefined && { linkTarget }),
      ...(md5 !== undefined && { md5 }),
      ...tagTrait(tags),
      ...encryptionTrait(target.encryption),
      ...keepingTraits(target.keeping ?? {}),
    },
    ...(target.replace
      ? replaceDescription(original, target.replace)
      : { headers: original.headers, meta: original.meta }),
    segments: sealed?.segments ?? original.segments,
  };
  if (sealed) await insertBlobs(tx, sealed.blobs);
  await tx.blobs.retain(object.segments);
  const copy = await placeObject(tx, bucket, object, target.versionId);
  return { copy, sourceVersionId: original.versionId };
}

/**
 * Vendor rule: what a copy says anew replaces everything but the type of content, when it names none, and how a client
 * encrypted the bytes, without which nobody could read them any more.
 */
function replaceDescription(
  original: ObjectRow,
  replace: { headers: ObjectHeaders; meta: Record<string, string> },
): { headers: ObjectHeaders; meta: Record<string, string> } {
  const { contentType } = original.headers;
  const encryption = Object.entries(original.meta).filter(([name]) => name.startsWith('client-side-encryption-'));
  return {
    headers: { ...(contentType !== undefined && { contentType }), ...replace.headers },
    meta: { ...Object.fromEntries(encryption), ...replace.meta },
  };
}

/**
 * Where versions are kept, appending makes none: it changes the current one. What is not appendable, older versions and
 * delete markers included, is not appended to.
 */
async function appendObject(
  tx: Transaction,
  input: {
    bucketId: number;
    key: string;
    position: number;
    versionId: string;
    blobs: NewBlob[];
    segments: Segment[];
    size: number;
    crc64: string;
    md5: string;
    /** What a first append says about the object; later ones keep it. */
    created: Pick<ObjectRow, 'storageClass' | 'acl' | 'traits' | 'headers' | 'meta'>;
    nowMs: number;
  },
): Promise<ObjectRow> {
  const { key } = input;
  const bucket = await bucketOf(tx, input.bucketId);
  const existing = await tx.objects.get(bucket.id, key);
  checkAppend(key, existing, input.position);
  if (!existing && bucket.versioning !== 'Unversioned') {
    const newest = await tx.versions.newest(bucket.id, key);
    if (newest) throw new DomainError('VersionIsMarker', { key, versionId: newest.versionId });
  }
  if (existing) checkRetention(bucket, existing, input.nowMs);
  if (await versionLocksOf(tx, bucket)) throw new DomainError('LocksExcludeAppend', { key });
  // Nothing more is nothing new: ETag and Last-Modified stand for the content.
  if (existing && input.size === 0) return existing;
  const length = existing?.size ?? 0;
  if (length + input.size > MAX_SINGLE_BODY_BYTES) {
    throw new DomainError('BodyTooLarge', { limit: MAX_SINGLE_BODY_BYTES, proposed: length + input.size });
  }
  await insertBlobs(tx, input.blobs);
  await tx.blobs.retain(input.segments);
  const object: NewObject = {
    ...(existing ?? { bucketId: bucket.id, key, type: 'Appendable', ...input.created }),
    size: length + input.size,
    // Opaque, but it must change with the content: a digest of the digests so far.
    etag: createHash('md5')
      .update((existing?.etag ?? '') + input.md5)
      .digest('hex')
      .toUpperCase(),
    crc64: combine(existing?.crc64 ?? emptyCrc64, input.crc64, input.size),
    lastModifiedMs: input.nowMs,
    segments: [...(existing?.segments ?? []), ...input.segments],
  };
  if (!existing) return placeObject(tx, bucket, object, input.versionId);
  const { versionId, rank } = existing;
  const row = { ...object, versionId, rank };
  await tx.objects.put(row);
  return row;
}

/** Throws unless what is there now may be appended to at `position`. */
export function checkAppend(key: string, existing: ObjectRow | undefined, position: number): void {
  if (existing && (existing.type !== 'Appendable' || existing.traits.sealedMs !== undefined)) {
    throw new DomainError('ObjectNotAppendable', { key });
  }
  const length = existing?.size ?? 0;
  if (length !== position) throw new DomainError('AppendPositionMismatch', { key, length });
}

/** Gives the version that it was done to. */
async function setObjectAcl(tx: Transaction, input: VersionReference & { acl: ObjectAcl }): Promise<string> {
  const object = await findObject(tx, input);
  await updateObject(tx, { ...object, acl: input.acl });
  return object.versionId;
}

async function initiateUpload(tx: Transaction, input: { upload: UploadRow }): Promise<void> {
  const { upload } = input;
  const bucket = await bucketOf(tx, upload.bucketId);
  if (upload.forbidOverwrite) await refuseOverwrite(tx, bucket, upload.key);
  await tx.uploads.insert(upload);
}

/** Stores a part; the last one of a number wins. A part that shares another object's bytes names it as `source`. */
async function putPart(
  tx: Transaction,
  input: {
    bucketId: number;
    key: string;
    part: PartRow;
    blobs: NewBlob[];
    source?: NamedVersion & { etag: string };
  },
): Promise<void> {
  const { part, source } = input;
  const upload = await uploadOf(tx, part.uploadId, input.bucketId, input.key);
  if (source) {
    // The segments were looked up before this transaction: they may only be retained while their object stands.
    const object = await findObject(tx, source);
    if (object.etag !== source.etag) throw new DomainError('PreconditionFailed', { condition: 'x-oss-copy-source' });
  }
  if (upload.sequential && part.number > 1 && !(await tx.uploads.part(part.uploadId, part.number - 1))) {
    throw new DomainError('PartNotSequential', { partNumber: part.number });
  }
  const previous = await tx.uploads.part(part.uploadId, part.number);
  await insertBlobs(tx, input.blobs);
  await tx.blobs.retain(part.segments);
  await tx.uploads.putPart(part);
  if (previous) await tx.blobs.release(previous.segments, part.lastModifiedMs);
}

const bareEtag = (etag: string): string => etag.replace(/^"|"$/g, '').toUpperCase();

/**
 * The parts a completion names, in its order, checked against what is stored. A wrong order is told before a wrong part,
 * and a wrong part before a small one, wherever in the list they stand.
 */
function chooseParts(stored: readonly PartRow[], listed: readonly { number: number; etag: string }[]): PartRow[] {
  if (listed.some(({ number }, index) => number <= (listed[index - 1]?.number ?? 0))) {
    throw new DomainError('PartsOutOfOrder', {});
  }
  const byNumber = new Map(stored.map((part) => [part.number, part]));
  const chosen = listed.map(({ number, etag }) => {
    const part = byNumber.get(number);
    if (!part || part.etag !== bareEtag(etag)) throw new DomainError('PartInvalid', { partNumber: number, etag });
    return part;
  });
  const small = chosen.slice(0, -1).find(({ size }) => size < MIN_PART_BYTES);
  if (small) {
    throw new DomainError('PartTooSmall', { partNumber: small.number, size: small.size, etag: small.etag });
  }
  return chosen;
}

/** The MD5 of parts that came in order, each after the one that is before it now. */
function md5Of(parts: readonly PartRow[]): string | undefined {
  let before = '';
  for (const { md5 } of parts) {
    if (md5?.before !== before) return undefined;
    before = md5.after;
  }
  return before === '' ? undefined : new ResumableMd5(before).digest();
}

/**
 * Turns an upload into an object by moving segment lists: no byte is read. Parts that are not listed are discarded.
 * `parts: 'all'` takes every stored part in number order.
 */
async function completeUpload(
  tx: Transaction,
  input: {
    uploadId: string;
    bucketId: number;
    key: string;
    versionId: string;
    parts: { number: number; etag: string }[] | 'all';
    forbidOverwrite: boolean;
    acl?: ObjectAcl | undefined;
    nowMs: number;
  },
): Promise<ObjectRow> {
  const upload = await uploadOf(tx, input.uploadId, input.bucketId, input.key);
  const bucket = await bucketOf(tx, upload.bucketId);
  if (input.forbidOverwrite || upload.forbidOverwrite) await refuseOverwrite(tx, bucket, upload.key);
  const stored = await tx.uploads.parts(upload.id, 0, MAX_PART_NUMBER);
  const chosen = chooseParts(stored, input.parts === 'all' ? stored : input.parts);
  // Uploaders that find nothing to read complete an upload without parts: that is an empty object. Leaving out parts that
  // were uploaded, all of them, is more likely a mistake.
  if (chosen.length === 0 && stored.length > 0) {
    throw new DomainError('InvalidArgument', { name: 'Part', value: '', reason: 'Name at least one uploaded part.' });
  }
  const digests = createHash('md5');
  for (const part of chosen) digests.update(Buffer.from(part.etag, 'hex'));
  const md5 = md5Of(chosen);
  const object: NewObject = {
    bucketId: upload.bucketId,
    key: upload.key,
    type: 'Multipart',
    size: chosen.reduce((sum, part) => sum + part.size, 0),
    etag: `${digests.digest('hex').toUpperCase()}-${chosen.length}`,
    crc64: chosen.reduce((crc, part) => combine(crc, part.crc64, part.size), emptyCrc64),
    lastModifiedMs: input.nowMs,
    storageClass: upload.storageClass,
    acl: input.acl ?? upload.acl,
    traits: {
      ...tagTrait(upload.tags),
      ...encryptionTrait(upload.encryption),
      ...upload.traits,
      ...(md5 !== undefined && { md5 }),
    },
    headers: upload.headers,
    meta: upload.meta,
    segments: chosen.flatMap((part) => part.segments),
  };
  // The references of chosen parts pass to the object; only the others are given up.
  const chosenNumbers = new Set(chosen.map((part) => part.number));
  await tx.blobs.release(
    stored.filter((part) => !chosenNumbers.has(part.number)).flatMap((part) => part.segments),
    input.nowMs,
  );
  await tx.uploads.remove(upload.id);
  return placeObject(tx, bucket, object, input.versionId);
}

async function abortUpload(
  tx: Transaction,
  input: { uploadId: string; bucketId: number; key: string; nowMs: number },
): Promise<void> {
  const upload = await uploadOf(tx, input.uploadId, input.bucketId, input.key);
  const parts = await tx.uploads.parts(upload.id, 0, MAX_PART_NUMBER);
  await tx.blobs.release(
    parts.flatMap((part) => part.segments),
    input.nowMs,
  );
  await tx.uploads.remove(upload.id);
}

async function forgetGarbage(tx: Transaction, input: { blobs: BlobId[] }): Promise<void> {
  await tx.blobs.forget(input.blobs);
}

export const objectCommands = {
  createBucket,
  setBucketAcl,
  setBucketVersioning,
  deleteBucket,
  putObject,
  deleteObjects,
  copyObject,
  appendObject,
  setObjectAcl,
  initiateUpload,
  putPart,
  completeUpload,
  abortUpload,
  forgetGarbage,
  markBlob,
  ...traitCommands,
  ...lifecycleCommands,
  ...retentionCommands,
  ...versionLockCommands,
};
