import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '../errors.ts';
import type { BlobId } from '../ports/blob-store.ts';
import type { ObjectAcl, ObjectHeaders, ObjectRow, Segment, StorageClass } from '../ports/object-records.ts';
import type { Transaction } from '../ports/record-store.ts';
import { bucketCommands, bucketOf } from './bucket-commands.ts';
import { type Conditions, checkConditions } from './conditions.ts';
import { combine } from './crc64.ts';
import { type Encryption, encryptionTrait } from './encryption.ts';
import { lifecycleCommands } from './lifecycle-commands.ts';
import { insertBlobs, markBlob, type NewBlob } from './new-blob.ts';
import { checkReadable } from './restoration.ts';
import { checkRetention } from './retention.ts';
import { retentionCommands } from './retention-commands.ts';
import { tagTrait } from './tags.ts';
import { traitCommands } from './trait-commands.ts';
import { uploadCommands } from './upload-commands.ts';
import { keepingTraits, type VersionKeeping } from './version-lock.ts';
import { versionLockCommands } from './version-lock-commands.ts';
import {
  findObject,
  type NewObject,
  placeMarker,
  placeObject,
  refuseOverwrite,
  removeObject,
  removeVersion,
  updateObject,
  type VersionReference,
  versionLocksOf,
} from './versions.ts';

/** Vendor limits. */
export const MAX_SINGLE_BODY_BYTES = 5 * 1024 ** 3;

const emptyCrc64 = '0';

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

async function forgetGarbage(tx: Transaction, input: { blobs: BlobId[] }): Promise<void> {
  await tx.blobs.forget(input.blobs);
}

export const objectCommands = {
  ...bucketCommands,
  putObject,
  deleteObjects,
  copyObject,
  appendObject,
  setObjectAcl,
  forgetGarbage,
  markBlob,
  ...uploadCommands,
  ...traitCommands,
  ...lifecycleCommands,
  ...retentionCommands,
  ...versionLockCommands,
};
