import { DomainError } from '../errors.ts';
import { failWaiting } from '../ingestion/fail-waiting.ts';
import type { Acl, BucketRow, StorageClass, Versioning } from '../ports/object-records.ts';
import type { Transaction } from '../ports/record-store.ts';
import type { BucketSettings } from '../settings/bucket-settings.ts';
import { changesOf } from '../settings/commands.ts';
import { retentionOf } from './retention.ts';
import { versionLocksOf } from './versions.ts';

export async function bucketOf(tx: Transaction, id: number): Promise<BucketRow> {
  const bucket = await tx.buckets.byId(id);
  // Deleted between the lookup and this transaction.
  if (!bucket) throw new DomainError('BucketMissing', { bucket: '' });
  return bucket;
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
  await failWaiting(tx, bucket.id);
}

export const bucketCommands = { createBucket, setBucketAcl, setBucketVersioning, deleteBucket };
