import type { Clock } from '../ports/clock.ts';
import type { ObjectRow } from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { SettingsOfBucket } from '../settings/bucket-settings.ts';
import { DAY_MS } from './restoration.ts';

/** One read, as it waits to be recorded. */
export interface Access {
  bucketId: number;
  key: string;
  /** Undefined for whatever is the current version when it is recorded. */
  versionId?: string | undefined;
  atMs: number;
}

/** How long reads are gathered. */
const GATHER_MS = 1_000;

/** Reads that are remembered, so that none is recorded twice a day; past this, all are forgotten. */
const REMEMBERED = 100_000;

const BATCH = 500;

/** When an object was read last: not before it was written, and not before its bucket began to take notice. */
export const lastAccessMs = (
  { lastModifiedMs, traits }: Pick<ObjectRow, 'lastModifiedMs'> & { traits: ObjectRow['traits'] | null },
  sinceMs = 0,
): number => Math.max(lastModifiedMs, sinceMs, traits?.accessedMs ?? 0);

/**
 * Takes notice of reads in buckets that want it. Vendor rule: once in 24 hours for each object, and some time after the read:
 * what was not yet recorded when the server died is lost.
 */
export class AccessTimes {
  #records: RecordStore;
  #clock: Clock;
  #waiting: Access[] = [];
  #remembered = new Map<string, number>();
  #flushing: Promise<void> = Promise.resolve();
  #cancel: (() => void) | undefined;

  constructor(dependencies: { records: RecordStore; clock: Clock }) {
    this.#records = dependencies.records;
    this.#clock = dependencies.clock;
  }

  /** Costs next to nothing where the bucket takes no notice, and keeps nobody waiting where it does. */
  note(read: Omit<Access, 'atMs'>): void {
    const settings = this.#records.reads.settings.of(read.bucketId);
    if (settings instanceof Promise) settings.then((found) => this.#gather(found, read)).catch(() => {});
    else this.#gather(settings, read);
  }

  #gather({ accessMonitor }: SettingsOfBucket, { bucketId, key, versionId }: Omit<Access, 'atMs'>): void {
    if (!accessMonitor?.enabled) return;
    const atMs = this.#clock.now();
    const name = `${bucketId}/${versionId ?? ''}/${key}`;
    const before = this.#remembered.get(name);
    if (before !== undefined && atMs - before < DAY_MS) return;
    if (this.#remembered.size >= REMEMBERED) this.#remembered.clear();
    this.#remembered.set(name, atMs);
    this.#waiting.push({ bucketId, key, versionId, atMs });
    this.#cancel ??= this.#clock.schedule(GATHER_MS, () => void this.flush());
  }

  /** Records what has been noted so far. */
  flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    const accesses = this.#waiting;
    this.#waiting = [];
    this.#flushing = this.#flushing.then(async () => {
      for (let at = 0; at < accesses.length; at += BATCH) {
        // A store that takes nothing has been reported by then, and reads go on.
        await this.#records.transact('recordAccesses', { accesses: accesses.slice(at, at + BATCH) }).catch(() => {});
      }
    });
    return this.#flushing;
  }
}
