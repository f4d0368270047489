import { DomainError } from '../errors.ts';
import type { Transaction } from '../ports/record-store.ts';
import { isArchived, RESTORATION_MS, restorationState } from './restoration.ts';
import { tagTrait } from './tags.ts';
import { findObject, updateObject, type VersionReference } from './versions.ts';

/** Replaces all tags of an object; without any, it has none. Its Last-Modified stays. */
async function setObjectTags(
  tx: Transaction,
  input: VersionReference & { tags: Record<string, string> },
): Promise<string> {
  const object = await findObject(tx, input);
  const { tags: _, ...others } = object.traits;
  await updateObject(tx, { ...object, traits: { ...others, ...tagTrait(input.tags) } });
  return object.versionId;
}

/** Begins a restoration, or makes one that has ended last longer. `begun` says which. */
async function restoreObject(
  tx: Transaction,
  input: VersionReference & { forMs: number; withTier: boolean; nowMs: number },
): Promise<{ versionId: string; begun: boolean }> {
  const { forMs, nowMs } = input;
  const object = await findObject(tx, input);
  const { key, versionId } = object;
  if (!isArchived(object)) {
    throw new DomainError('ObjectNotArchived', { key, storageClass: object.storageClass });
  }
  // Only the colder classes have some that take longer than others.
  if (input.withTier && object.storageClass === 'Archive') throw new DomainError('RestorationTierless', { key });
  const state = restorationState(object, nowMs);
  if (state === 'ongoing') throw new DomainError('RestorationOngoing', { key });
  const begun = state === 'none';
  const fromMs = begun ? nowMs + RESTORATION_MS : (object.traits.restored?.fromMs ?? nowMs);
  const untilMs = Math.max(fromMs, nowMs) + forMs;
  await updateObject(tx, { ...object, traits: { ...object.traits, restored: { fromMs, untilMs } } });
  return { versionId, begun };
}

/** Gives up the readable copy of an archived object before its time. */
async function endRestoration(tx: Transaction, input: VersionReference & { nowMs: number }): Promise<string> {
  const object = await findObject(tx, input);
  const { key } = object;
  if (!isArchived(object)) {
    throw new DomainError('ObjectNotArchived', { key, storageClass: object.storageClass });
  }
  const state = restorationState(object, input.nowMs);
  if (state === 'none') throw new DomainError('RestorationMissing', { key });
  if (state === 'ongoing') throw new DomainError('RestorationUnfinished', { key });
  const { restored: _, ...others } = object.traits;
  await updateObject(tx, { ...object, traits: others });
  return object.versionId;
}

/** An appendable object takes no more from now on. Sealing it again says when it was. */
async function sealObject(
  tx: Transaction,
  input: { bucketId: number; key: string; position: number; nowMs: number },
): Promise<number> {
  const { key, position } = input;
  const object = await findObject(tx, input);
  if (object.type !== 'Appendable') throw new DomainError('ObjectNotAppendable', { key });
  if (object.size !== position) throw new DomainError('AppendPositionMismatch', { key, length: object.size });
  const sealedMs = object.traits.sealedMs ?? input.nowMs;
  await updateObject(tx, { ...object, traits: { ...object.traits, sealedMs } });
  return sealedMs;
}

export const traitCommands = { setObjectTags, restoreObject, endRestoration, sealObject };
