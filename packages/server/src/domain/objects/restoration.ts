import { DomainError } from '../errors.ts';
import type { ObjectRow, ObjectTraits, StorageClass } from '../ports/object-records.ts';
import type { SettingsOfBucket } from '../settings/bucket-settings.ts';

/** Classes whose objects must be restored before they can be read. Their bytes are where all others are. */
const ARCHIVES: ReadonlySet<StorageClass> = new Set(['Archive', 'ColdArchive', 'DeepColdArchive']);

/**
 * How long a restoration takes. The vendor's take minutes to days; there is nothing to wait for here, but clients are
 * written for the state in between, and should meet it.
 */
export const RESTORATION_MS = 5_000;

export const DAY_MS = 24 * 60 * 60 * 1000;

/** Vendor limit; the default is one day. */
export const MAX_RESTORED_DAYS = 365;

export type RestorationState = 'ongoing' | 'restored' | 'none';

/** What decides about it. */
export type Archived = Pick<ObjectRow, 'type' | 'storageClass'> & { traits: ObjectTraits | null };

/** Whether reading is subject to restoration at all. A symbolic link has nothing to restore. */
export const isArchived = ({ type, storageClass }: Pick<Archived, 'type' | 'storageClass'>): boolean =>
  type !== 'Symlink' && ARCHIVES.has(storageClass);

export function restorationState(object: Archived, nowMs: number): RestorationState {
  const restored = object.traits?.restored;
  if (!isArchived(object) || restored === undefined || nowMs >= restored.untilMs) return 'none';
  return nowMs < restored.fromMs ? 'ongoing' : 'restored';
}

/**
 * Throws `ObjectArchived` for an object whose bytes may not be had at present. A bucket with direct reads lets those of
 * the class Archive be had at once; the colder ones need restoring in any case.
 */
export function checkReadable(
  object: Archived & Pick<ObjectRow, 'key'>,
  nowMs: number,
  { archiveDirectRead }: SettingsOfBucket = {},
): void {
  if (archiveDirectRead?.enabled && object.storageClass === 'Archive') return;
  if (!isArchived(object) || restorationState(object, nowMs) === 'restored') return;
  throw new DomainError('ObjectArchived', { key: object.key, storageClass: object.storageClass });
}
