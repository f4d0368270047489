import { DomainError } from '../errors.ts';
import { VERSION_PREFIX } from '../identities.ts';
import type { BucketRow, ObjectRecords, ObjectRow, ObjectVersion, VersionRecords } from '../ports/object-records.ts';
import type { Transaction } from '../ports/record-store.ts';
import { checkRetention } from './retention.ts';
import { type LockSetting, standardLock } from './version-lock.ts';

/** The version of an object that was written while its bucket did not keep versions. There is one at most. */
export const NULL_VERSION = 'null';

/** Whether a version could be called that: what `Identities.version` gives out begins so. */
export const isVersionId = (text: string): boolean => text === NULL_VERSION || text.startsWith(VERSION_PREFIX);

/** Names an object, and which version of it; the current one when none is named. */
export interface VersionReference {
  bucketId: number;
  key: string;
  versionId?: string | undefined;
}

export type NamedVersion = Required<VersionReference> & { versionId: string };

/** Where objects are looked for: in a transaction, or among what is committed. */
interface Tables {
  objects: Pick<ObjectRecords, 'get'>;
  versions: Pick<VersionRecords, 'get' | 'newest'>;
}

/** Throws `ObjectMissing`, or for a version that is named `VersionMissing`, or `VersionIsMarker` when it is a delete marker. */
export async function findObject(tables: Tables, { bucketId, key, versionId }: VersionReference): Promise<ObjectRow> {
  const current = await tables.objects.get(bucketId, key);
  if (versionId === undefined) {
    if (current) return current;
    const newest = await tables.versions.newest(bucketId, key);
    throw new DomainError('ObjectMissing', newest ? { key, markerId: newest.versionId } : { key });
  }
  if (current?.versionId === versionId) return current;
  const version = await tables.versions.get(bucketId, key, versionId);
  if (!version) throw new DomainError('VersionMissing', { key, versionId });
  if (version.type === 'DeleteMarker') throw new DomainError('VersionIsMarker', { key, versionId });
  return version;
}

/** Writes back an object that `findObject` gave, with something else said about it. */
export async function updateObject(tx: Transaction, row: ObjectRow): Promise<void> {
  const current = await tx.objects.get(row.bucketId, row.key);
  if (current?.versionId === row.versionId) await tx.objects.put(row);
  else await tx.versions.put(row);
}

/** A new object, before its place among the versions of its key is known. */
export type NewObject = Omit<ObjectRow, 'versionId' | 'rank'>;

/**
 * Makes `object` the current one of its key; what was there is kept or released, as the bucket has it. `versionId` is the
 * one to take if the bucket gives out any. The new segments must have been retained by the caller.
 */
export async function placeObject(
  tx: Transaction,
  bucket: BucketRow,
  object: NewObject,
  versionId: string,
): Promise<ObjectRow> {
  const traits = await lockedTraits(tx, bucket, object);
  const rank = await makeRoom(tx, bucket, object.key, object.lastModifiedMs);
  const row = { ...object, traits, versionId: bucket.versioning === 'Enabled' ? versionId : NULL_VERSION, rank };
  await tx.objects.put(row);
  return row;
}

/** How versions of a bucket can be locked; undefined where they cannot. Only a bucket that keeps versions is asked. */
export async function versionLocksOf(tx: Transaction, bucket: BucketRow): Promise<LockSetting | undefined> {
  if (bucket.versioning !== 'Enabled') return undefined;
  return (await tx.settings.get(bucket.id, 'versionLocks'))?.value;
}

/** With the lock that its bucket puts on a new version, unless its writer has asked for another. */
async function lockedTraits(tx: Transaction, bucket: BucketRow, object: NewObject): Promise<ObjectRow['traits']> {
  const { traits, key } = object;
  const setting = await versionLocksOf(tx, bucket);
  if (!setting) {
    if (traits.lock || traits.held) throw new DomainError('LocksOff', { bucket: bucket.name });
    return traits;
  }
  if (object.type === 'Appendable') throw new DomainError('LocksExcludeAppend', { key });
  const lock = traits.lock ?? standardLock(setting, object.lastModifiedMs);
  return lock ? { ...traits, lock } : traits;
}

/** Hides what there is of a key behind a delete marker. */
export async function placeMarker(
  tx: Transaction,
  bucket: BucketRow,
  key: string,
  { versionId, nowMs }: { versionId: string; nowMs: number },
): Promise<string> {
  const rank = await makeRoom(tx, bucket, key, nowMs);
  await tx.objects.remove(bucket.id, key);
  const id = bucket.versioning === 'Enabled' ? versionId : NULL_VERSION;
  const marker = { bucketId: bucket.id, key, versionId: id, rank, lastModifiedMs: nowMs } as const;
  await tx.versions.put({ ...marker, type: 'DeleteMarker' });
  return id;
}

/**
 * Readies a key for a new version and tells its rank. The current object becomes an older one where the bucket keeps
 * versions; where that is suspended, the new version takes the place of the one called `null`, wherever that stands. The
 * row of the current object is left for the caller to replace or remove.
 */
async function makeRoom(tx: Transaction, bucket: BucketRow, key: string, nowMs: number): Promise<number> {
  const current = await tx.objects.get(bucket.id, key);
  if (bucket.versioning === 'Unversioned') {
    if (current) await giveUp(tx, bucket, current, nowMs);
    return 0;
  }
  const newest = current ?? (await tx.versions.newest(bucket.id, key));
  const replacesNull = bucket.versioning === 'Suspended';
  if (current && replacesNull && current.versionId === NULL_VERSION) {
    await giveUp(tx, bucket, current, nowMs);
  } else {
    if (current) await tx.versions.put(current);
    const replaced = replacesNull ? await tx.versions.get(bucket.id, key, NULL_VERSION) : undefined;
    if (replaced) await dropOlder(tx, bucket, replaced, nowMs);
  }
  return newest ? newest.rank - 1 : 0;
}

async function dropOlder(
  tx: Transaction,
  bucket: BucketRow,
  version: ObjectVersion,
  nowMs: number,
  bypass = false,
): Promise<void> {
  await tx.versions.remove(version.bucketId, version.key, version.versionId);
  if (version.type !== 'DeleteMarker') await giveUp(tx, bucket, version, nowMs, bypass);
}

/** The end of an object, or of a version of one. Throws what `checkRetention` does, and nothing of the command happens. */
async function giveUp(
  tx: Transaction,
  bucket: BucketRow,
  object: ObjectRow,
  nowMs: number,
  bypass = false,
): Promise<void> {
  checkRetention(bucket, object, nowMs, bypass);
  await tx.blobs.release(object.segments, nowMs);
}

/** Removes the current object of a key where no versions are kept, if there is one. */
export async function removeObject(tx: Transaction, bucket: BucketRow, key: string, nowMs: number): Promise<void> {
  const object = await tx.objects.get(bucket.id, key);
  if (!object) return;
  await tx.objects.remove(bucket.id, key);
  await giveUp(tx, bucket, object, nowMs);
}

/** Removes one version for good; the newest of the others becomes what readers meet. Undefined when there was none such. */
export async function removeVersion(
  tx: Transaction,
  bucket: BucketRow,
  { key, versionId, bypass = false }: { key: string; versionId: string; bypass?: boolean | undefined },
  nowMs: number,
): Promise<ObjectVersion['type'] | undefined> {
  const bucketId = bucket.id;
  const current = await tx.objects.get(bucketId, key);
  if (current?.versionId === versionId) {
    await tx.objects.remove(bucketId, key);
    await giveUp(tx, bucket, current, nowMs, bypass);
    await promoteNewest(tx, bucketId, key);
    return current.type;
  }
  const version = await tx.versions.get(bucketId, key, versionId);
  if (!version) return undefined;
  await dropOlder(tx, bucket, version, nowMs, bypass);
  if (!current) await promoteNewest(tx, bucketId, key);
  return version.type;
}

/** The current object of a key has gone: an older one takes its place, unless a delete marker is newer. */
async function promoteNewest(tx: Transaction, bucketId: number, key: string): Promise<void> {
  const newest = await tx.versions.newest(bucketId, key);
  if (!newest || newest.type === 'DeleteMarker') return;
  await tx.versions.remove(bucketId, key, newest.versionId);
  await tx.objects.put(newest);
}

/**
 * Vendor rule: where versions are kept, or once were, nothing can be lost by overwriting, and the wish is not heard. A task
 * whose work is begun anew writes over what it wrote itself, and over nobody else's.
 */
export async function refuseOverwrite(tx: Transaction, bucket: BucketRow, key: string, madeBy?: string): Promise<void> {
  if (bucket.versioning !== 'Unversioned') return;
  const existing = await tx.objects.get(bucket.id, key);
  if (existing === undefined || (madeBy !== undefined && existing.traits.madeBy === madeBy)) return;
  throw new DomainError('ObjectExists', { key });
}
