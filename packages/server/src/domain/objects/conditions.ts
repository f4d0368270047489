import { DomainError } from '../errors.ts';
import type { ObjectRow } from '../ports/object-records.ts';

/** What a reader, or a copy of its source, asks of the object before it is used. ETags with or without quotes. */
export interface Conditions {
  ifMatch?: string;
  ifNoneMatch?: string;
  /** Milliseconds; compared in whole seconds, as the header carries them. */
  ifModifiedSinceMs?: number;
  ifUnmodifiedSinceMs?: number;
}

const bare = (etag: string): string => etag.trim().replace(/^W\//, '').replace(/^"|"$/g, '').toUpperCase();

const lists = (header: string, etag: string): boolean =>
  header.split(',').some((candidate) => candidate.trim() === '*' || bare(candidate) === bare(etag));

/**
 * Throws `PreconditionFailed` (412) before `NotModified` (304) when both pairs of conditions speak. An ETag condition
 * wins over the date condition of its pair, as RFC 9110 §13.2.2 has it.
 */
export function checkConditions(conditions: Conditions, object: Pick<ObjectRow, 'etag' | 'lastModifiedMs'>): void {
  const modifiedSeconds = Math.floor(object.lastModifiedMs / 1000);
  if (conditions.ifMatch !== undefined) {
    if (!lists(conditions.ifMatch, object.etag)) {
      throw new DomainError('PreconditionFailed', { condition: 'If-Match' });
    }
  } else if (
    conditions.ifUnmodifiedSinceMs !== undefined &&
    modifiedSeconds > Math.floor(conditions.ifUnmodifiedSinceMs / 1000)
  ) {
    throw new DomainError('PreconditionFailed', { condition: 'If-Unmodified-Since' });
  }
  const notModified =
    conditions.ifNoneMatch !== undefined
      ? lists(conditions.ifNoneMatch, object.etag)
      : conditions.ifModifiedSinceMs !== undefined &&
        modifiedSeconds <= Math.floor(conditions.ifModifiedSinceMs / 1000);
  if (notModified) {
    throw new DomainError('NotModified', { etag: object.etag, lastModifiedMs: object.lastModifiedMs });
  }
}
