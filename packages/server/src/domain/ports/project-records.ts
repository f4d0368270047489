import type { Awaitable } from './record-store.ts';

/** What media tasks belong to. What differs between the two versions of the API is in `about`, as JSON. */
export interface ProjectRow {
  accountId: string;
  name: string;
  createdMs: number;
  modifiedMs: number;
  about: ProjectAbout;
}

export interface ProjectAbout {
  serviceRole?: string;
  description?: string;
  templateId?: string;
  /** Of the older API. */
  type?: string;
  capacity?: number;
  billing?: string;
  /** Ceilings that were set, by their wire name: they are told and do not act. */
  limits?: Record<string, number>;
  tags?: { key: string; value: string }[];
}

/** That a bucket belongs to a project. A bucket has one at most. */
export interface BindingRow {
  bucketId: number;
  accountId: string;
  project: string;
  bucket: string;
  description: string;
  createdMs: number;
  modifiedMs: number;
}

export interface ProjectRecords {
  get(accountId: string, name: string): Awaitable<ProjectRow | undefined>;
  /** In name order, `after` excluded. */
  page(query: { accountId: string; prefix: string; after: string; limit: number }): Awaitable<ProjectRow[]>;
  count(accountId: string): Awaitable<number>;
  /** Inserts, or replaces the one of that name. */
  put(row: ProjectRow): Awaitable<void>;
  remove(accountId: string, name: string): Awaitable<void>;
}

export interface BindingRecords {
  get(bucketId: number): Awaitable<BindingRow | undefined>;
  /** In order of the buckets' names, `after` excluded. */
  page(query: { accountId: string; project: string; after: string; limit: number }): Awaitable<BindingRow[]>;
  put(row: BindingRow): Awaitable<void>;
  remove(bucketId: number): Awaitable<void>;
}
