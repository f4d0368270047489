import type { BlobContent, BucketRow, ObjectRow } from '../../domain/ports/object-records.ts';
import type { QueueRow } from '../../domain/ports/queue-records.ts';
import type { Reads } from '../../domain/ports/record-store.ts';
import type { BucketItem, ItemKind, SettingsOfBucket } from '../../domain/settings/bucket-settings.ts';
import type { Database } from './connection.ts';

type Statement = import('better-sqlite3').Statement<[]>;

/** Bytes of small bodies kept in memory. */
const BODY_BYTES = 16 * 1024 * 1024;

/** What the bookkeeping of one body is counted as, so that those kept elsewhere do not pile up. */
const ENTRY_BYTES = 200;

const KEPT_BUCKETS = 1024;

const KEPT_QUEUES = 1024;

const KEPT_OBJECTS = 2048;

/**
 * One read transaction for all statements of one turn of the event loop. Alone, each would take and give back a lock on
 * the log, two system calls that cost as much as finding the row.
 */
export class TurnSnapshot {
  #begin: Statement;
  #commit: Statement;
  #database: Database;
  #isOpen = false;
  #endTurn = (): void => this.close();

  constructor(database: Database) {
    this.#database = database;
    this.#begin = database.prepare('BEGIN');
    this.#commit = database.prepare('COMMIT');
  }

  open(): void {
    if (this.#isOpen || this.#database.inTransaction) return;
    this.#begin.run();
    this.#isOpen = true;
    setImmediate(this.#endTurn);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#database.open) this.#commit.run();
  }
}

/**
 * Rows that nearly every read of a small object asks for, kept in memory: a statement on SQLite costs 3 to
 * 8 µs, which is much of such a request. Inline bodies are immutable under their id, so a kept one cannot be wrong; what
 * is said about buckets, that nothing is said included, and of queues is forgotten when a commit that wrote some of it is
 * reported, before its commands are answered. Rows of objects are kept only while no command is under way, and so nothing can
 * change: a server that is mostly read from answers from memory, and no read ever shows less than another one did.
 */
export class RowCache {
  readonly reads: Reads;
  #buckets = new Map<string, BucketRow>();
  #settings = new Map<number, SettingsOfBucket>();
  #named = new Map<string, readonly BucketItem<ItemKind>[]>();
  #queues = new Map<string, QueueRow>();
  /** Least recently used first. */
  #bodies = new Map<string, BlobContent>();
  #bytes = 0;
  #objects = new Map<string, ObjectRow>();
  #atRest = true;
  #turn: TurnSnapshot;

  constructor(reads: Reads, turn: TurnSnapshot) {
    const { buckets, settings, items, queues, objects, blobs } = reads;
    this.#turn = turn;
    this.reads = {
      ...reads,
      objects: {
        ...objects,
        get: (bucketId, key) => this.#object(bucketId, key, objects),
      },
      buckets: { ...buckets, byName: (name) => this.#bucket(name, buckets) },
      settings: { ...settings, of: (bucketId) => this.#settingsOf(bucketId, settings) },
      queues: { ...queues, byName: (accountId, name) => this.#queue(accountId, name, queues) },
      items: { ...items, named: (kind, name) => this.#itemsNamed(kind, name, items) },
      blobs: { ...blobs, content: (id, options) => (options?.fresh ? blobs.content(id) : this.#body(id, blobs)) },
    };
  }

  /** A command is under way: when it will take effect is not known here. */
  disturbed(): void {
    this.#atRest = false;
    this.#objects.clear();
  }

  /** All commands have been reported: until the next one, nothing changes. */
  settled(): void {
    this.#atRest = true;
  }

  /** Something has been committed: what is read from now on must show it. */
  committed({ bucketsWritten, queuesWritten }: { bucketsWritten: boolean; queuesWritten: boolean }): void {
    this.#turn.close();
    if (queuesWritten) this.#queues.clear();
    if (!bucketsWritten) return;
    this.#buckets.clear();
    this.#settings.clear();
    this.#named.clear();
  }

  #object(bucketId: number, key: string, { get }: Reads['objects']): ReturnType<Reads['objects']['get']> {
    const name = `${bucketId}/${key}`;
    const kept = this.#objects.get(name);
    if (kept) return kept;
    this.#turn.open();
    const found = get(bucketId, key);
    if (!this.#atRest || found === undefined || found instanceof Promise) return found;
    if (this.#objects.size >= KEPT_OBJECTS) this.#objects.clear();
    this.#objects.set(name, Object.freeze(found));
    return found;
  }

  #bucket(name: string, { byName }: Reads['buckets']): ReturnType<Reads['buckets']['byName']> {
    const kept = this.#buckets.get(name);
    if (kept) return kept;
    const found = byName(name);
    if (found === undefined || found instanceof Promise) return found;
    if (this.#buckets.size >= KEPT_BUCKETS) this.#buckets.clear();
    this.#buckets.set(name, Object.freeze(found));
    return found;
  }

  #queue(accountId: string, name: string, { byName }: Reads['queues']): ReturnType<Reads['queues']['byName']> {
    // Neither accounts nor queues have spaces in their names.
    const key = `${accountId} ${name}`;
    const kept = this.#queues.get(key);
    if (kept) return kept;
    const found = byName(accountId, name);
    if (found === undefined || found instanceof Promise) return found;
    if (this.#queues.size >= KEPT_QUEUES) this.#queues.clear();
    this.#queues.set(key, Object.freeze(found));
    return found;
  }

  #settingsOf(bucketId: number, { of }: Reads['settings']): ReturnType<Reads['settings']['of']> {
    const kept = this.#settings.get(bucketId);
    if (kept) return kept;
    const found = of(bucketId);
    if (found instanceof Promise) return found;
    if (this.#settings.size >= KEPT_BUCKETS) this.#settings.clear();
    this.#settings.set(bucketId, Object.freeze(found));
    return found;
  }

  #itemsNamed<K extends ItemKind>(kind: K, name: string, { named }: Reads['items']): ReturnType<typeof named<K>> {
    const key = `${kind} ${name}`;
    const kept = this.#named.get(key);
    // What is kept under a kind is of that kind.
    if (kept) return kept as readonly BucketItem<ItemKind>[] as readonly BucketItem<K>[];
    const found = named(kind, name);
    if (found instanceof Promise) return found;
    if (this.#named.size >= KEPT_BUCKETS) this.#named.clear();
    this.#named.set(key, Object.freeze(found));
    return found;
  }

  #body(id: string, { content }: Reads['blobs']): ReturnType<Reads['blobs']['content']> {
    const kept = this.#bodies.get(id);
    if (kept) {
      // While there is room for as many again, none is thrown away and their order does not matter.
      if (this.#bytes > BODY_BYTES / 2) {
        this.#bodies.delete(id);
        this.#bodies.set(id, kept);
      }
      return kept;
    }
    const found = content(id);
    if (found === undefined || found instanceof Promise) return found;
    this.#bodies.set(id, found);
    this.#bytes += weight(found);
    for (const [oldest, body] of this.#bodies) {
      if (this.#bytes <= BODY_BYTES) break;
      this.#bodies.delete(oldest);
      this.#bytes -= weight(body);
    }
    return found;
  }
}

const weight = ({ data }: BlobContent): number => (data?.byteLength ?? 0) + ENTRY_BYTES;
