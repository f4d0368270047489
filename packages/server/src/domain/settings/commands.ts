import { DomainError } from '../errors.ts';
import type { Transaction } from '../ports/record-store.ts';
import type { BucketItem, BucketItems, BucketSettings, ItemKind, SettingName } from './bucket-settings.ts';

/** The bucket may have been deleted between its lookup and this transaction. */
async function requireBucket(tx: Transaction, id: number): Promise<void> {
  if (!(await tx.buckets.byId(id))) throw new DomainError('BucketMissing', { bucket: '' });
}

/** One setting and its value, for whichever name. */
export type SettingChange = { [N in SettingName]: { name: N; value: BucketSettings[N] } }[SettingName];

/** A set of settings, one by one. */
export function changesOf(settings: Partial<BucketSettings>): SettingChange[] {
  // Each name stands before its own value.
  return Object.entries(settings).map(([name, value]) => ({ name, value }) as SettingChange);
}

async function putSetting(tx: Transaction, input: { bucketId: number; nowMs: number } & SettingChange): Promise<void> {
  await requireBucket(tx, input.bucketId);
  await tx.settings.put(input.bucketId, input.name, input.value, input.nowMs);
}

async function removeSetting(tx: Transaction, input: { bucketId: number; name: SettingName }): Promise<void> {
  await tx.settings.remove(input.bucketId, input.name);
}

/** Takes some tags away and leaves the others, or all. */
async function removeTags(
  tx: Transaction,
  input: { bucketId: number; keys: string[] | 'all'; nowMs: number },
): Promise<void> {
  const { bucketId, keys, nowMs } = input;
  const tags = await tx.settings.get(bucketId, 'tags');
  const left = keys === 'all' ? [] : (tags?.value ?? []).filter(({ key }) => !keys.includes(key));
  if (left.length === 0) await tx.settings.remove(bucketId, 'tags');
  else await tx.settings.put(bucketId, 'tags', left, nowMs);
}

/** One item and its value, for whichever kind. */
export type ItemChange = { [K in ItemKind]: { kind: K; name: string; value: BucketItems[K] } }[ItemKind];

/** Adds an item or replaces the one of its name, which keeps the time it was made at. */
async function putItem(
  tx: Transaction,
  input: {
    bucketId: number;
    nowMs: number;
    /** How many of the kind a bucket may have. */
    limit: number;
    /** No other bucket may have one of that name. */
    unique?: boolean;
    /** Nor may this one: what is there is not replaced. */
    fresh?: boolean;
  } & ItemChange,
): Promise<void> {
  const { bucketId, kind, name, value, nowMs, limit, unique, fresh } = input;
  await requireBucket(tx, bucketId);
  if (unique && (await tx.items.named(kind, name)).some((other) => other.bucketId !== bucketId)) {
    throw new DomainError('ItemTaken', { kind, name });
  }
  const existing = await tx.items.get(bucketId, kind, name);
  if (existing && fresh) throw new DomainError('ItemTaken', { kind, name });
  if (!existing && (await tx.items.page({ bucketId, kind, after: '', limit })).length >= limit) {
    throw new DomainError('TooManyItems', { kind, limit });
  }
  const item: BucketItem<ItemKind> = {
    bucketId,
    kind,
    name,
    value,
    createdMs: existing?.createdMs ?? nowMs,
    modifiedMs: nowMs,
  };
  await tx.items.put(item);
}

/** Tells whether there was one. */
async function removeItem(
  tx: Transaction,
  input: { bucketId: number; kind: ItemKind; name: string },
): Promise<boolean> {
  const { bucketId, kind, name } = input;
  const existing = await tx.items.get(bucketId, kind, name);
  if (existing) await tx.items.remove(bucketId, kind, name);
  return existing !== undefined;
}

export const settingCommands = { putSetting, removeSetting, removeTags, putItem, removeItem };
