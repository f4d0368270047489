import { DomainError } from '../errors.ts';
import type { BucketRow, ObjectTraits, Retention } from '../ports/object-records.ts';
import { DAY_MS } from './restoration.ts';
import { keeperOf } from './version-lock.ts';

/** Vendor limit: 70 years. */
export const MAX_RETENTION_DAYS = 25_550;

/** Vendor's rule: one that nobody has locked by then ends by itself. Until then, it acts. */
export const TRIAL_MS = DAY_MS;

/** The retention that acts on a bucket at a time. */
export function retentionOf({ retention }: Pick<BucketRow, 'retention'>, nowMs: number): Retention | undefined {
  if (!retention || retention.locked || nowMs < retention.createdMs + TRIAL_MS) return retention;
  return undefined;
}

interface Dated {
  lastModifiedMs: number;
  traits: ObjectTraits | null;
}

/** Until when an object can be neither overwritten nor deleted; undefined when it can be. */
function retainedUntil(bucket: Pick<BucketRow, 'retention'>, object: Dated, nowMs: number): number | undefined {
  const retention = retentionOf(bucket, nowMs);
  if (!retention) return undefined;
  const untilMs = object.lastModifiedMs + retention.days * DAY_MS;
  return nowMs < untilMs ? untilMs : undefined;
}

export function isRetained(bucket: Pick<BucketRow, 'retention'>, object: Dated, nowMs: number): boolean {
  return retainedUntil(bucket, object, nowMs) !== undefined || keeperOf(object.traits, nowMs) !== undefined;
}

/**
 * Throws `ObjectRetained` or `VersionLocked` unless the bytes of an object may change or go. `bypass` looks past a lock of
 * its own that is loose, and past nothing else.
 */
export function checkRetention(
  bucket: Pick<BucketRow, 'retention'>,
  object: Dated & { key: string },
  nowMs: number,
  bypass = false,
): void {
  const untilMs = retainedUntil(bucket, object, nowMs);
  if (untilMs !== undefined) throw new DomainError('ObjectRetained', { key: object.key, untilMs });
  const keeper = keeperOf(object.traits, nowMs, bypass);
  if (keeper) throw new DomainError('VersionLocked', { key: object.key, ...keeper });
}
