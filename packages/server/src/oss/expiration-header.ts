import { expiryOf } from '../domain/objects/lifecycle.ts';
import { isRetained } from '../domain/objects/retention.ts';
import type { ObjectRow } from '../domain/ports/object-records.ts';
import type { BucketCall } from './call.ts';

/** When the current object of a key will expire by rule; undefined when none says so. Costs nothing without rules. */
export async function expirationHeader(
  object: ObjectRow,
  { settings, bucket }: BucketCall,
): Promise<string | undefined> {
  const { lifecycle } = await settings.of(bucket);
  if (!lifecycle) return undefined;
  const { key, size, traits, lastModifiedMs } = object;
  const expiry = expiryOf(lifecycle.rules, { key, size, tags: traits.tags ?? {}, lastModifiedMs });
  // What was made before a date is due already, and has none of its own.
  if (!expiry || expiry.atMs === 0) return undefined;
  // Nor does what is kept for longer go then.
  if (bucket.versioning !== 'Enabled' && isRetained(bucket, object, expiry.atMs)) return undefined;
  return `expiry-date="${new Date(expiry.atMs).toUTCString()}", rule-id="${encodeURIComponent(expiry.ruleId)}"`;
}
