import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { RecordStore } from '../ports/record-store.ts';

/** Released bytes stay readable this long, for answers that are still streaming them. */
const GARBAGE_GRACE_MS = 10 * 60_000;

/** A blob without a record may be an upload whose record is about to commit: not touched until it is this old. */
const ORPHAN_GRACE_MS = 24 * 3_600_000;

const BATCH = 500;

/** Removes bytes that no record refers to: those released by records, and those that a crash left behind. */
export class Collector {
  #records: RecordStore;
  #blobs: BlobStore;
  #clock: Clock;
  #garbageGraceMs: number;
  #orphanGraceMs: number;
  constructor(
    dependencies: { records: RecordStore; blobs: BlobStore; clock: Clock },
    grace: { garbageMs?: number; orphanMs?: number } = {},
  ) {
    this.#records = dependencies.records;
    this.#blobs = dependencies.blobs;
    this.#clock = dependencies.clock;
    this.#garbageGraceMs = grace.garbageMs ?? GARBAGE_GRACE_MS;
    this.#orphanGraceMs = grace.orphanMs ?? ORPHAN_GRACE_MS;
  }

  /** One pass over released blobs; says how many were removed. */
  async collectGarbage(signal?: AbortSignal): Promise<number> {
    let removed = 0;
    while (!signal?.aborted) {
      const blobs = await this.#records.reads.blobs.garbage(this.#clock.now() - this.#garbageGraceMs, BATCH);
      if (blobs.length === 0) break;
      for (const blob of blobs) await this.#blobs.remove(blob);
      // Forgotten only after the bytes are gone: a crash in between repeats the removal, which is harmless.
      await this.#records.transact('forgetGarbage', { blobs });
      removed += blobs.length;
    }
    return removed;
  }

  /** One walk over the whole blob store; says how many orphans were removed. */
  async collectOrphans(signal?: AbortSignal): Promise<number> {
    const before = this.#clock.now() - this.#orphanGraceMs;
    let removed = 0;
    let old: string[] = [];
    const sweep = async (): Promise<void> => {
      const known = await this.#records.reads.blobs.known(old);
      for (const blob of old.filter((id) => !known.has(id))) {
        await this.#blobs.remove(blob);
        removed++;
      }
      old = [];
    };
    for await (const blob of this.#blobs.list()) {
      if (signal?.aborted) return removed;
      if (blob.modifiedMs < before) old.push(blob.id);
      if (old.length === BATCH) await sweep();
    }
    if (old.length > 0) await sweep();
    return removed;
  }
}
