import type { Identities } from '../identities.ts';
import type { Clock } from '../ports/clock.ts';
import type { BucketRow, Retention, VersionLock } from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { ObjectReference } from './object-service.ts';
import { retentionOf } from './retention.ts';
import { type LockSetting, wholeSecond } from './version-lock.ts';

/** For how long the objects of a bucket are immutable: begun, taken back, locked and extended. */
export class RetentionService {
  #records: RecordStore;
  #clock: Clock;
  #identities: Identities;
  constructor(dependencies: { records: RecordStore; clock: Clock; identities: Identities }) {
    this.#records = dependencies.records;
    this.#clock = dependencies.clock;
    this.#identities = dependencies.identities;
  }

  of(bucket: BucketRow): Retention | undefined {
    return retentionOf(bucket, this.#clock.now());
  }

  /** Gives its id. Throws `RetentionExists`, `RetentionInvalid`, and `RetentionExcluded` where versions were suspended. */
  async initiate(bucket: BucketRow, days: number): Promise<string> {
    const id = this.#identities.retention();
    await this.#records.transact('initiateRetention', { bucketId: bucket.id, id, days, nowMs: this.#clock.now() });
    return id;
  }

  /** Throws `RetentionMissing` and `RetentionLocked`, as `lock` does. */
  abort(bucket: BucketRow): Promise<void> {
    return this.#records.transact('abortRetention', { bucketId: bucket.id, nowMs: this.#clock.now() });
  }

  lock(bucket: BucketRow, id: string): Promise<void> {
    return this.#records.transact('lockRetention', { bucketId: bucket.id, id, nowMs: this.#clock.now() });
  }

  /** Throws `RetentionMissing` and `RetentionInvalid`. */
  extend(bucket: BucketRow, id: string, days: number): Promise<void> {
    return this.#records.transact('extendRetention', { bucketId: bucket.id, id, days, nowMs: this.#clock.now() });
  }

  /** Makes single versions of a bucket lockable for good. Throws `LocksExcluded`. */
  enableLocks(bucket: BucketRow, setting: LockSetting): Promise<void> {
    return this.#records.transact('putVersionLocks', { bucketId: bucket.id, setting, nowMs: this.#clock.now() });
  }

  /**
   * Keeps a version until a time; gives the version that it was done to. Throws `LocksOff`, and `VersionLocked` where that
   * would let it go sooner than what holds now. `bypass` is allowed to, where that lock is loose.
   */
  lockVersion({ bucket, key, versionId }: ObjectReference, lock: VersionLock, bypass: boolean): Promise<string> {
    const { id: bucketId } = bucket;
    const rounded = { ...lock, untilMs: wholeSecond(lock.untilMs) };
    return this.#records.transact('lockVersion', {
      bucketId,
      key,
      versionId,
      lock: rounded,
      bypass,
      nowMs: this.#clock.now(),
    });
  }

  /** Keeps a version, without an end, or no longer. Throws `LocksOff`. */
  hold({ bucket, key, versionId }: ObjectReference, held: boolean): Promise<string> {
    return this.#records.transact('holdVersion', { bucketId: bucket.id, key, versionId, held });
  }
}
