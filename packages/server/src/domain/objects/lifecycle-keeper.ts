import type { Identities } from '../identities.ts';
import type { Clock } from '../ports/clock.ts';
import type { BucketRow, VersionPage } from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import {
  abortsUpload,
  currentAction,
  type LifecycleFacts,
  type LifecycleRule,
  olderAction,
  removesLonelyMarker,
} from './lifecycle.ts';
import { isHeldUp, type LifecycleCandidate } from './lifecycle-commands.ts';

const BATCH = 200;

/** Versions of one key that are put off at most, for keys with more versions than fit on a page. */
const MOST_HELD = 10 * BATCH;

type Version = Extract<VersionPage['entries'][number], { version: unknown }>['version'];

/**
 * Lets objects expire and move as the rules of their buckets say. It keeps no state: a pass looks at everything, and one that
 * was cut short is made up for by the next, because what has been done is no longer due.
 */
export class LifecycleKeeper {
  #records: RecordStore;
  #clock: Clock;
  #identities: Identities;
  constructor(dependencies: { records: RecordStore; clock: Clock; identities: Identities }) {
    this.#records = dependencies.records;
    this.#clock = dependencies.clock;
    this.#identities = dependencies.identities;
  }

  /** One pass over all buckets that have rules, whoever owns them; says for how many versions and uploads something was done. */
  async pass(signal?: AbortSignal): Promise<number> {
    let done = 0;
    const { reads } = this.#records;
    for (let after = ''; !signal?.aborted; ) {
      const buckets = await reads.buckets.all(after, BATCH);
      for (const bucket of buckets) {
        const rules = (await reads.settings.of(bucket.id)).lifecycle?.rules.filter(({ enabled }) => enabled) ?? [];
        if (rules.length === 0 || signal?.aborted) continue;
        done += await this.#passVersions(bucket, rules, signal);
        done += await this.#passUploads(bucket, rules, signal);
      }
      const last = buckets.at(-1);
      if (!last || buckets.length < BATCH) break;
      after = last.name;
    }
    return done;
  }

  async #passVersions(bucket: BucketRow, rules: readonly LifecycleRule[], signal?: AbortSignal): Promise<number> {
    let done = 0;
    let afterKey = '';
    let afterVersion = '';
    let newer: Version | undefined;
    let held: LifecycleCandidate[] = [];
    for (let truncated = true; truncated && !signal?.aborted; ) {
      const query = { bucketId: bucket.id, prefix: '', delimiter: '', afterKey, afterVersion, limit: BATCH };
      const page = await this.#records.reads.versions.page(query);
      const candidates = held;
      for (const entry of page.entries) {
        if (!('version' in entry)) continue;
        const { version } = entry;
        if (newer?.key !== version.key) newer = undefined;
        if (this.#mayBeDue(bucket, rules, version, newer)) {
          const { key, versionId } = version;
          candidates.push({ key, versionId, newerId: newer?.versionId, markerId: this.#identities.version() });
        }
        newer = version;
        afterKey = version.key;
        afterVersion = version.versionId;
      }
      truncated = page.truncated && page.entries.length > 0;
      // The next page may begin with an older version of the last key, which counts from the last version here.
      const hold = truncated && candidates.length < MOST_HELD;
      held = hold ? candidates.filter(({ key }) => key === afterKey) : [];
      const ready = hold ? candidates.filter(({ key }) => key !== afterKey) : candidates;
      // The oldest first, while what took its place is still there to be counted from.
      done += await this.#apply(bucket, ready.toReversed(), []);
    }
    return done;
  }

  async #passUploads(bucket: BucketRow, rules: readonly LifecycleRule[], signal?: AbortSignal): Promise<number> {
    let done = 0;
    if (!rules.some(({ abortUploads }) => abortUploads)) return 0;
    let [afterKey, afterId] = ['', ''];
    for (let truncated = true; truncated && !signal?.aborted; ) {
      const query = { bucketId: bucket.id, prefix: '', delimiter: '', afterKey, afterId, limit: BATCH };
      const page = await this.#records.reads.uploads.page(query);
      const uploads = page.entries.flatMap((entry) => ('upload' in entry ? [entry.upload] : []));
      const due = uploads.filter((upload) => abortsUpload(rules, upload, this.#clock.now()));
      done += await this.#apply(
        bucket,
        [],
        due.map(({ id }) => id),
      );
      const last = uploads.at(-1);
      truncated = page.truncated && last !== undefined;
      if (last) [afterKey, afterId] = [last.key, last.id];
    }
    return done;
  }

  /** Only a first look, so that the writer is bothered for what is due: the command decides. */
  #mayBeDue(bucket: BucketRow, rules: readonly LifecycleRule[], version: Version, newer: Version | undefined): boolean {
    if (version.type === 'DeleteMarker') return version.latest && removesLonelyMarker(rules, version.key);
    const { key, size, traits, storageClass, lastModifiedMs } = version;
    const { tags = {}, accessedMs } = traits ?? {};
    const facts: LifecycleFacts = { key, size, tags, storageClass, lastModifiedMs, accessedMs };
    const nowMs = this.#clock.now();
    const action = version.latest
      ? currentAction(rules, facts, nowMs)
      : newer && olderAction(rules, facts, newer.lastModifiedMs, nowMs);
    return action !== undefined && !(action.type === 'expire' && isHeldUp(bucket, version, version.latest, nowMs));
  }

  async #apply(bucket: BucketRow, candidates: LifecycleCandidate[], uploads: string[]): Promise<number> {
    if (candidates.length === 0 && uploads.length === 0) return 0;
    const nowMs = this.#clock.now();
    return this.#records.transact('applyLifecycle', { bucketId: bucket.id, candidates, uploads, nowMs });
  }
}
