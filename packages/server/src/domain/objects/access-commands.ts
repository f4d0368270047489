import type { Transaction } from '../ports/record-store.ts';
import type { Access } from './access-times.ts';
import { returnsOnVisit } from './lifecycle.ts';
import { lifecycleFacts } from './lifecycle-commands.ts';
import { DAY_MS } from './restoration.ts';
import { updateObject } from './versions.ts';

/** Writes down that objects were read, and lets those return that a rule had moved until somebody would. */
async function recordAccesses(tx: Transaction, input: { accesses: Access[] }): Promise<void> {
  for (const { bucketId, key, versionId, atMs } of input.accesses) {
    const current = await tx.objects.get(bucketId, key);
    const isCurrent = versionId === undefined || current?.versionId === versionId;
    const object = isCurrent ? current : await tx.versions.get(bucketId, key, versionId);
    // Deleted since, or written again.
    if (!object || object.type === 'DeleteMarker' || atMs < object.lastModifiedMs) continue;
    const rules = (await tx.settings.get(bucketId, 'lifecycle'))?.value.rules ?? [];
    const returns = returnsOnVisit(rules, lifecycleFacts(object), isCurrent);
    const { accessedMs } = object.traits;
    if (!returns && accessedMs !== undefined && atMs - accessedMs < DAY_MS) continue;
    const storageClass = returns ? 'Standard' : object.storageClass;
    await updateObject(tx, { ...object, storageClass, traits: { ...object.traits, accessedMs: atMs } });
  }
}

export const accessCommands = { recordAccesses };
