import { DomainError } from '../errors.ts';
import type { BucketRow, Retention } from '../ports/object-records.ts';
import type { Transaction } from '../ports/record-store.ts';
import { MAX_RETENTION_DAYS, retentionOf } from './retention.ts';
import { versionLocksOf } from './versions.ts';

async function bucketOf(tx: Transaction, id: number): Promise<BucketRow> {
  const bucket = await tx.buckets.byId(id);
  if (!bucket) throw new DomainError('BucketMissing', { bucket: '' });
  return bucket;
}

/** The bucket and the retention that acts on it: the one of this id, when one is named. */
async function retained(
  tx: Transaction,
  input: { bucketId: number; id?: string; nowMs: number },
): Promise<{ bucket: BucketRow; retention: Retention }> {
  const bucket = await bucketOf(tx, input.bucketId);
  const retention = retentionOf(bucket, input.nowMs);
  if (!retention || (input.id !== undefined && input.id !== retention.id)) {
    throw new DomainError('RetentionMissing', { bucket: bucket.name });
  }
  return { bucket, retention };
}

function checkDays(days: number): void {
  if (days >= 1 && days <= MAX_RETENTION_DAYS) return;
  throw new DomainError('RetentionInvalid', { reason: `RetentionPeriodInDays must be 1 to ${MAX_RETENTION_DAYS}.` });
}

/** Acts from now on, and can be taken back until it is locked. */
async function initiateRetention(
  tx: Transaction,
  input: { bucketId: number; id: string; days: number; nowMs: number },
): Promise<void> {
  const { id, days, nowMs } = input;
  const bucket = await bucketOf(tx, input.bucketId);
  checkDays(days);
  // Where versions are no longer kept, the next write would replace the version `null`.
  if (bucket.versioning === 'Suspended') throw new DomainError('RetentionExcluded', { by: 'versioning' });
  if (await versionLocksOf(tx, bucket)) throw new DomainError('RetentionExcluded', { by: 'locks' });
  if (retentionOf(bucket, nowMs)) throw new DomainError('RetentionExists', { bucket: bucket.name });
  await tx.buckets.update({ ...bucket, retention: { id, days, createdMs: nowMs, locked: false } });
}

async function abortRetention(tx: Transaction, input: { bucketId: number; nowMs: number }): Promise<void> {
  const { bucket, retention } = await retained(tx, input);
  if (retention.locked) throw new DomainError('RetentionLocked', { bucket: bucket.name });
  const { retention: _, ...without } = bucket;
  await tx.buckets.update(without);
}

/** From now on nobody can take it back or shorten it. */
async function lockRetention(tx: Transaction, input: { bucketId: number; id: string; nowMs: number }): Promise<void> {
  const { bucket, retention } = await retained(tx, input);
  if (retention.locked) throw new DomainError('RetentionLocked', { bucket: bucket.name });
  await tx.buckets.update({ ...bucket, retention: { ...retention, locked: true } });
}

/** Only a locked one, and only to more days: they hold for the objects that are there as well. */
async function extendRetention(
  tx: Transaction,
  input: { bucketId: number; id: string; days: number; nowMs: number },
): Promise<void> {
  const { days } = input;
  const { bucket, retention } = await retained(tx, input);
  checkDays(days);
  if (!retention.locked) {
    throw new DomainError('RetentionInvalid', { reason: 'Lock the retention policy before you extend it.' });
  }
  if (days <= retention.days) {
    throw new DomainError('RetentionInvalid', { reason: `RetentionPeriodInDays must be more than ${retention.days}.` });
  }
  await tx.buckets.update({ ...bucket, retention: { ...retention, days } });
}

export const retentionCommands = { initiateRetention, abortRetention, lockRetention, extendRetention };
