import type { KeptPrincipal } from '../access/kept-principal.ts';
import type { Awaitable } from './record-store.ts';

/** `batch`: what there is, once. `trigger`: what comes. `binding`: both, into the index of a dataset. */
export type IngestionKind = 'batch' | 'trigger' | 'binding';

export type IngestionState = 'Ready' | 'Running' | 'Suspended' | 'Succeeded' | 'Failed';

/** What is done with objects of a bucket as they are found there, or as they come. */
export interface IngestionRow {
  id: string;
  kind: IngestionKind;
  accountId: string;
  project: string;
  bucketId: number;
  bucket: string;
  prefix: string;
  state: IngestionState;
  /** Whether everything that was there has been looked at. */
  scanned: boolean;
  /** The key that the look at what was there has come to. */
  marker: string;
  submitted: number;
  failed: number;
  skipped: number;
  createdMs: number;
  modifiedMs: number;
  about: IngestionAbout;
}

export interface IngestionAbout {
  /** Process strings, each of which becomes a task for each object. */
  processes?: string[];
  /** The dataset that gets to know of each object. */
  dataset?: string;
  /** As whom it acts. */
  asker: KeptPrincipal;
  topic?: string;
  tags?: Record<string, string>;
  /** Why it failed. */
  reason?: string;
  /** As the wire has it, to be told again. */
  wire: Record<string, unknown>;
}

/** An object that came while an ingestion waited for such. */
export interface ArrivalRow {
  number: number;
  ingestionId: string;
  key: string;
  createdMs: number;
}

export interface IngestionRecords {
  get(id: string): Awaitable<IngestionRow | undefined>;
  /** Of one project, by id, `after` excluded. */
  page(query: {
    accountId: string;
    project: string;
    kind: IngestionKind;
    after: string;
    limit: number;
  }): Awaitable<IngestionRow[]>;
  /** All that have something to do or wait for it, in the order of their ids. */
  active(): Awaitable<IngestionRow[]>;
  put(row: IngestionRow): Awaitable<void>;
  remove(id: string): Awaitable<void>;
}

export interface ArrivalRecords {
  insert(row: Omit<ArrivalRow, 'number'>): Awaitable<void>;
  /** The oldest, of ingestions that are not suspended, after `after`. */
  next(after: number, limit: number): Awaitable<ArrivalRow[]>;
  remove(number: number): Awaitable<void>;
  removeOf(ingestionId: string): Awaitable<void>;
}
