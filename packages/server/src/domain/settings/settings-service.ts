import type { Clock } from '../ports/clock.ts';
import type { BucketRow } from '../ports/object-records.ts';
import type { Awaitable, RecordStore } from '../ports/record-store.ts';
import type {
  BucketItem,
  BucketItems,
  BucketSettings,
  ItemKind,
  SettingName,
  SettingsOfBucket,
} from './bucket-settings.ts';
import type { ItemChange, SettingChange } from './commands.ts';

/** What is set on buckets, and the named things that belong to them. */
export class SettingsService {
  #records: RecordStore;
  #clock: Clock;
  constructor(dependencies: { records: RecordStore; clock: Clock }) {
    this.#records = dependencies.records;
    this.#clock = dependencies.clock;
  }

  /** Everything that is set on a bucket. Costs nothing after the first request: the store keeps it in memory. */
  of(bucket: BucketRow): Awaitable<SettingsOfBucket> {
    return this.#records.reads.settings.of(bucket.id);
  }

  async get<N extends SettingName>(bucket: BucketRow, name: N): Promise<BucketSettings[N] | undefined> {
    return (await this.#records.reads.settings.of(bucket.id))[name];
  }

  set<N extends SettingName>(bucket: BucketRow, name: N, value: BucketSettings[N]): Promise<void> {
    const change = { name, value } as SettingChange;
    return this.#records.transact('putSetting', { bucketId: bucket.id, nowMs: this.#clock.now(), ...change });
  }

  /** Succeeds whether or not it was set. */
  unset(bucket: BucketRow, name: SettingName): Promise<void> {
    return this.#records.transact('removeSetting', { bucketId: bucket.id, name });
  }

  removeTags(bucket: BucketRow, keys: string[] | 'all'): Promise<void> {
    return this.#records.transact('removeTags', { bucketId: bucket.id, keys, nowMs: this.#clock.now() });
  }

  async item<K extends ItemKind>(bucket: BucketRow, kind: K, name: string): Promise<BucketItem<K> | undefined> {
    return this.#records.reads.items.get(bucket.id, kind, name);
  }

  /** In name order, strictly after `after`. */
  async items<K extends ItemKind>(
    bucket: BucketRow,
    kind: K,
    page: { after: string; limit: number },
  ): Promise<BucketItem<K>[]> {
    return this.#records.reads.items.page({ bucketId: bucket.id, kind, ...page });
  }

  /**
   * Throws `TooManyItems`, and `ItemTaken` when it must be `unique` and another bucket has one of that name, or when it must
   * be `fresh` and this bucket has.
   */
  putItem<K extends ItemKind>(
    bucket: BucketRow,
    item: { kind: K; name: string; value: BucketItems[K] },
    rule: { limit: number; unique?: boolean; fresh?: boolean },
  ): Promise<void> {
    const change = item as ItemChange;
    return this.#records.transact('putItem', { bucketId: bucket.id, nowMs: this.#clock.now(), ...rule, ...change });
  }

  /** Tells whether there was one. */
  removeItem(bucket: BucketRow, kind: ItemKind, name: string): Promise<boolean> {
    return this.#records.transact('removeItem', { bucketId: bucket.id, kind, name });
  }
}
