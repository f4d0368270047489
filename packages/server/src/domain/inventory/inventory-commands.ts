import { DomainError } from '../errors.ts';
import { insertBlobs, type NewBlob } from '../objects/new-blob.ts';
import { type NewObject, placeObject } from '../objects/versions.ts';
import type { Transaction } from '../ports/record-store.ts';
import { isInventoryDue } from './inventory.ts';

/**
 * Makes the files of one listing visible, all at once, and notes that it was made. Throws `ItemMissing` when the rule has
 * gone meanwhile, was switched off, or has had its listing.
 */
async function storeInventory(
  tx: Transaction,
  input: {
    bucketId: number;
    rule: string;
    startedMs: number;
    files: { object: NewObject; versionId: string; blobs: NewBlob[] }[];
  },
): Promise<void> {
  const { bucketId, rule: name, startedMs } = input;
  const rule = await tx.items.get(bucketId, 'inventory', name);
  const run = await tx.items.get(bucketId, 'inventoryRun', name);
  if (!rule || !isInventoryDue(rule.value, run?.value.startedMs, startedMs)) {
    throw new DomainError('ItemMissing', { kind: 'inventory', name });
  }
  for (const { object, versionId, blobs } of input.files) {
    const target = await tx.buckets.byId(object.bucketId);
    if (!target) throw new DomainError('BucketMissing', { bucket: rule.value.target.bucket });
    await insertBlobs(tx, blobs);
    await tx.blobs.retain(object.segments);
    await placeObject(tx, target, object, versionId);
  }
  const times = { createdMs: run?.createdMs ?? startedMs, modifiedMs: startedMs };
  await tx.items.put({ bucketId, kind: 'inventoryRun', name, value: { startedMs }, ...times });
}

export const inventoryCommands = { storeInventory };
