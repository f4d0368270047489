import type { BucketRow, ObjectRow } from '../ports/object-records.ts';
import type { Transaction } from '../ports/record-store.ts';
import {
  abortsUpload,
  currentAction,
  type LifecycleAction,
  type LifecycleFacts,
  type LifecycleRule,
  olderAction,
  removesLonelyMarker,
} from './lifecycle.ts';
import { isRetained } from './retention.ts';
import { placeMarker, removeVersion, updateObject } from './versions.ts';

/** A version that may have to go or to move; `newerId` names the one that took its place. */
export interface LifecycleCandidate {
  key: string;
  versionId: string;
  newerId?: string | undefined;
  /** For the delete marker, should there be one to make. */
  markerId: string;
}

export function lifecycleFacts({ key, size, traits, storageClass, lastModifiedMs }: ObjectRow): LifecycleFacts {
  return { key, size, tags: traits.tags ?? {}, storageClass, lastModifiedMs, accessedMs: traits.accessedMs };
}

/** Whether a version that is to expire must not yet. Where versions are kept, the current one is only hidden. */
export function isHeldUp(
  bucket: BucketRow,
  version: Pick<ObjectRow, 'lastModifiedMs'> & { traits: ObjectRow['traits'] | null },
  isCurrent: boolean,
  nowMs: number,
): boolean {
  return !(isCurrent && bucket.versioning === 'Enabled') && isRetained(bucket, version, nowMs);
}

/**
 * Does what the rules of a bucket ask for some of its versions and uploads, and says how many it was for. Everything is
 * decided here, by the rules and records as they are now: since the candidates were found, the object may have been written again,
 * or the rule taken away.
 */
async function applyLifecycle(
  tx: Transaction,
  input: { bucketId: number; candidates: LifecycleCandidate[]; uploads: string[]; nowMs: number },
): Promise<number> {
  const { bucketId, nowMs } = input;
  const bucket = await tx.buckets.byId(bucketId);
  const rules = (await tx.settings.get(bucketId, 'lifecycle'))?.value.rules;
  if (!bucket || !rules) return 0;
  let done = 0;
  for (const candidate of input.candidates) {
    const { key, versionId } = candidate;
    const current = await tx.objects.get(bucketId, key);
    const isCurrent = current?.versionId === versionId;
    const version = isCurrent ? current : await tx.versions.get(bucketId, key, versionId);
    if (!version) continue;
    if (version.type === 'DeleteMarker') {
      if (current || !removesLonelyMarker(rules, key) || !(await isAlone(tx, bucketId, key))) continue;
      await removeVersion(tx, bucket, { key, versionId }, nowMs);
      done += 1;
      continue;
    }
    const action = isCurrent
      ? currentAction(rules, lifecycleFacts(version), nowMs)
      : await olderActionOf(tx, rules, version, candidate.newerId, nowMs);
    if (action?.type === 'expire') {
      if (isHeldUp(bucket, version, isCurrent, nowMs)) continue;
      if (!isCurrent || bucket.versioning === 'Unversioned') await removeVersion(tx, bucket, { key, versionId }, nowMs);
      else await placeMarker(tx, bucket, key, { versionId: candidate.markerId, nowMs });
      done += 1;
    } else if (action && version.type !== 'Symlink') {
      const { restored: _, ...traits } = version.traits;
      await updateObject(tx, { ...version, storageClass: action.storageClass, traits });
      done += 1;
    }
  }
  for (const id of input.uploads) {
    const upload = await tx.uploads.get(id);
    if (upload?.bucketId !== bucketId || !abortsUpload(rules, upload, nowMs)) continue;
    const parts = await tx.uploads.parts(id, 0, Number.MAX_SAFE_INTEGER);
    const segments = parts.flatMap((part) => part.segments);
    await tx.blobs.release(segments, nowMs);
    await tx.uploads.remove(id);
    done += 1;
  }
  return done;
}

/** What the rules say of a version that is not current, which counts its days from the version that took its place. */
async function olderActionOf(
  tx: Transaction,
  rules: readonly LifecycleRule[],
  version: ObjectRow,
  newerId: string | undefined,
  nowMs: number,
): Promise<LifecycleAction | undefined> {
  const { bucketId, key } = version;
  if (newerId === undefined) return undefined;
  const current = await tx.objects.get(bucketId, key);
  const newer = current?.versionId === newerId ? current : await tx.versions.get(bucketId, key, newerId);
  // Gone since: an even newer one stands there now, and the next pass will find that.
  if (!newer || newer.rank >= version.rank) return undefined;
  return olderAction(rules, lifecycleFacts(version), newer.lastModifiedMs, nowMs);
}

/** Whether the delete marker of a key hides no version. */
async function isAlone(tx: Transaction, bucketId: number, key: string): Promise<boolean> {
  const page = await tx.versions.page({
    bucketId,
    prefix: key,
    delimiter: '',
    afterKey: '',
    afterVersion: '',
    limit: 2,
  });
  return page.entries.filter((entry) => 'version' in entry && entry.version.key === key).length === 1;
}

export const lifecycleCommands = { applyLifecycle };
