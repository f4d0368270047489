import type {
  BucketItem,
  BucketSettings,
  ItemKind,
  SettingName,
  SettingsOfBucket,
} from '../settings/bucket-settings.ts';
import type { Awaitable } from './record-store.ts';

/** Settings of buckets: at most one value of each name on a bucket. */
export interface SettingRecords {
  /**
   * All that is set on a bucket; nothing for one that does not exist. Asked for by nearly every request, so stores answer
   * it from memory: the value is shared and must not be changed.
   */
  of(bucketId: number): Awaitable<SettingsOfBucket>;
  get<N extends SettingName>(
    bucketId: number,
    name: N,
  ): Awaitable<{ value: BucketSettings[N]; modifiedMs: number } | undefined>;
  /** Inserts, or replaces the value of that name. */
  put<N extends SettingName>(bucketId: number, name: N, value: BucketSettings[N], nowMs: number): Awaitable<void>;
  remove(bucketId: number, name: SettingName): Awaitable<void>;
  removeAll(bucketId: number): Awaitable<void>;
}

/** Named things of buckets, such as styles: any number of each kind, one of a kind and name on a bucket. */
export interface ItemRecords {
  get<K extends ItemKind>(bucketId: number, kind: K, name: string): Awaitable<BucketItem<K> | undefined>;
  /** In name order, `after` excluded, at most `limit`. */
  page<K extends ItemKind>(query: {
    bucketId: number;
    kind: K;
    after: string;
    limit: number;
  }): Awaitable<BucketItem<K>[]>;
  /** Those of a name on whatever bucket, shared as settings are. */
  named<K extends ItemKind>(kind: K, name: string): Awaitable<readonly BucketItem<K>[]>;
  /** Inserts, or replaces the one of that bucket, kind and name. */
  put<K extends ItemKind>(item: BucketItem<K>): Awaitable<void>;
  remove(bucketId: number, kind: ItemKind, name: string): Awaitable<void>;
  removeAll(bucketId: number): Awaitable<void>;
}
