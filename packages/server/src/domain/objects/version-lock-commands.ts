import { DomainError } from '../errors.ts';
import type { BucketRow, ObjectRow, VersionLock } from '../ports/object-records.ts';
import type { Transaction } from '../ports/record-store.ts';
import { retentionOf } from './retention.ts';
import { checkLock, checkNotWeaker, checkStandardLock, type LockSetting } from './version-lock.ts';
import { findObject, updateObject, type VersionReference, versionLocksOf } from './versions.ts';

async function bucketOf(tx: Transaction, id: number): Promise<BucketRow> {
  const bucket = await tx.buckets.byId(id);
  if (!bucket) throw new DomainError('BucketMissing', { bucket: '' });
  return bucket;
}

/** Makes the versions of a bucket lockable for good, or says anew how its new ones are locked. */
async function putVersionLocks(
  tx: Transaction,
  input: { bucketId: number; setting: LockSetting; nowMs: number },
): Promise<void> {
  const { setting, nowMs } = input;
  const bucket = await bucketOf(tx, input.bucketId);
  checkStandardLock(setting);
  if (bucket.versioning !== 'Enabled') throw new DomainError('LocksExcluded', { by: 'versioning' });
  if (retentionOf(bucket, nowMs)) throw new DomainError('LocksExcluded', { by: 'retention' });
  await tx.settings.put(bucket.id, 'versionLocks', setting, nowMs);
}

/** The version meant, if it can be locked. */
async function lockable(tx: Transaction, input: VersionReference): Promise<ObjectRow> {
  const bucket = await bucketOf(tx, input.bucketId);
  if (!(await versionLocksOf(tx, bucket))) throw new DomainError('LocksOff', { bucket: bucket.name });
  const object = await findObject(tx, input);
  if (object.type === 'Appendable') throw new DomainError('LocksExcludeAppend', { key: object.key });
  return object;
}

/** Gives the version that it was done to. */
async function lockVersion(
  tx: Transaction,
  input: VersionReference & { lock: VersionLock; bypass: boolean; nowMs: number },
): Promise<string> {
  const { lock, bypass, nowMs } = input;
  const object = await lockable(tx, input);
  checkLock(lock, nowMs);
  checkNotWeaker(object.key, object.traits, lock, nowMs, bypass);
  await updateObject(tx, { ...object, traits: { ...object.traits, lock } });
  return object.versionId;
}

/** Puts a hold on a version, or takes it off. Gives the version that it was done to. */
async function holdVersion(tx: Transaction, input: VersionReference & { held: boolean }): Promise<string> {
  const object = await lockable(tx, input);
  const { held: _, ...others } = object.traits;
  await updateObject(tx, { ...object, traits: input.held ? { ...others, held: true } : others });
  return object.versionId;
}

export const versionLockCommands = { putVersionLocks, lockVersion, holdVersion };
