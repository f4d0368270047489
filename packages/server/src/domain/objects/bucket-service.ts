import { DomainError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Acl, BucketRow, StorageClass, Versioning } from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { BucketSettings, SettingsOfBucket } from '../settings/bucket-settings.ts';
import { type BucketStatistics, measureBucket } from './bucket-statistics.ts';
import { checkBucketName } from './names.ts';

/** Vendor limit: buckets per account and region. */
const MAX_BUCKETS = 100;

/** Buckets: made, found, listed and removed. */
export class BucketService {
  #records: RecordStore;
  #clock: Clock;
  constructor(dependencies: { records: RecordStore; clock: Clock }) {
    this.#records = dependencies.records;
    this.#clock = dependencies.clock;
  }

  async find(name: string): Promise<BucketRow | undefined> {
    return this.#records.reads.buckets.byName(name);
  }

  /** Throws `BucketMissing`. */
  async get(name: string): Promise<BucketRow> {
    const bucket = await this.#records.reads.buckets.byName(name);
    if (!bucket) throw new DomainError('BucketMissing', { bucket: name });
    return bucket;
  }

  /** In name order; `truncated` says that more follow the last one. */
  async list(query: {
    ownerId: string;
    prefix: string;
    after: string;
    limit: number;
    /** Only buckets on which this is set. */
    where?: (settings: SettingsOfBucket) => boolean;
  }): Promise<{ buckets: { bucket: BucketRow; settings: SettingsOfBucket }[]; truncated: boolean }> {
    const { reads } = this.#records;
    const { ownerId, prefix, after, limit, where } = query;
    // An owner has few buckets: those that do not fit are looked at one by one.
    const rows = await reads.buckets.list({ ownerId, prefix, after, limit: MAX_BUCKETS + 1 });
    const buckets: { bucket: BucketRow; settings: SettingsOfBucket }[] = [];
    for (const bucket of rows) {
      const settings = await reads.settings.of(bucket.id);
      if (where && !where(settings)) continue;
      if (buckets.length === limit) return { buckets, truncated: true };
      buckets.push({ bucket, settings });
    }
    return { buckets, truncated: false };
  }

  create(bucket: {
    name: string;
    ownerId: string;
    acl?: Acl | undefined;
    storageClass?: StorageClass | undefined;
    dataRedundancy?: 'LRS' | 'ZRS' | undefined;
    /** What a bucket that is new gets set at once. */
    settings?: Partial<BucketSettings> | undefined;
  }): Promise<BucketRow> {
    checkBucketName(bucket.name);
    return this.#records.transact('createBucket', {
      name: bucket.name,
      ownerId: bucket.ownerId,
      acl: bucket.acl,
      storageClass: bucket.storageClass ?? 'Standard',
      dataRedundancy: bucket.dataRedundancy ?? 'LRS',
      settings: bucket.settings,
      nowMs: this.#clock.now(),
      limit: MAX_BUCKETS,
    });
  }

  /** Throws `BucketNotEmpty` while objects, versions or uploads remain. */
  remove(bucket: BucketRow): Promise<void> {
    return this.#records.transact('deleteBucket', { bucketId: bucket.id });
  }

  /** Counts what the bucket holds: time goes with the number of its objects, some 0.4 s for a million. */
  measure(bucket: BucketRow): Promise<BucketStatistics> {
    return measureBucket(this.#records.reads, bucket);
  }

  /** Begins to keep what is overwritten and deleted, or suspends that, which a retention excludes. What has been kept stays. */
  setVersioning(bucket: BucketRow, versioning: Exclude<Versioning, 'Unversioned'>): Promise<void> {
    return this.#records.transact('setBucketVersioning', { bucketId: bucket.id, versioning, nowMs: this.#clock.now() });
  }

  setAcl(bucket: BucketRow, acl: Acl): Promise<void> {
    return this.#records.transact('setBucketAcl', { bucketId: bucket.id, acl });
  }
}
