import type { Awaitable } from './record-store.ts';

/** An index of files of a project. */
export interface DatasetRow {
  accountId: string;
  project: string;
  name: string;
  createdMs: number;
  modifiedMs: number;
  about: DatasetAbout;
}

export interface DatasetAbout {
  description?: string;
  templateId?: string;
  /** Ceilings that were set, by their wire name. */
  limits?: Record<string, number>;
  /** Kept and told. */
  workflowParameters?: unknown;
}

/** What is known of one file. */
export interface FileMetaRow {
  accountId: string;
  project: string;
  dataset: string;
  uri: string;
  size: number;
  createdMs: number;
  modifiedMs: number;
  /** What was found in the file, and what somebody said of it, under the names that the wire has. */
  file: Record<string, unknown>;
}

export type DatasetName = Pick<DatasetRow, 'accountId' | 'project' | 'name'>;
export type FileMetaName = Pick<FileMetaRow, 'accountId' | 'project' | 'dataset' | 'uri'>;

export interface DatasetRecords {
  get(name: DatasetName): Awaitable<DatasetRow | undefined>;
  /** In the order of their names, `after` excluded. */
  page(query: {
    accountId: string;
    project: string;
    prefix: string;
    after: string;
    limit: number;
  }): Awaitable<DatasetRow[]>;
  /** How many files there are, and how many bytes they have together. */
  totals(name: DatasetName): Awaitable<{ files: number; bytes: number }>;
  /** Inserts, or replaces the one of that name. */
  put(row: DatasetRow): Awaitable<void>;
  remove(name: DatasetName): Awaitable<void>;
}

export interface FileMetaRecords {
  get(name: FileMetaName): Awaitable<FileMetaRow | undefined>;
  /** In the order of their URIs, `after` excluded. */
  page(query: {
    accountId: string;
    project: string;
    dataset: string;
    after: string;
    limit: number;
  }): Awaitable<FileMetaRow[]>;
  put(row: FileMetaRow): Awaitable<void>;
  remove(name: FileMetaName): Awaitable<void>;
}
