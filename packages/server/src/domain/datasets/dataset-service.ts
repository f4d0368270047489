import { DomainError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { DatasetAbout, DatasetName, DatasetRow, FileMetaName, FileMetaRow } from '../ports/dataset-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import {
  Aggregate,
  compareBy,
  type FileAggregation,
  type FileCondition,
  type FileOrder,
  fits,
  valuesAt,
} from './file-query.ts';
import { fileOf } from './wire-file.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,127}$/;

/** Files that a search looks at between two turns of everything else. */
const PAGE = 500;

export interface FileSearch {
  dataset: DatasetName;
  condition?: FileCondition | undefined;
  orders: readonly FileOrder[];
  aggregations: readonly FileAggregation[];
  limit: number;
  /** What the page before ended with: the values it is ordered by, and the URI. */
  after?: { values: unknown[]; uri: string } | undefined;
}

export interface FoundFiles {
  files: FileMetaRow[];
  total: number;
  next?: { values: unknown[]; uri: string };
  aggregations: ReturnType<Aggregate['result']>[];
}

/** Datasets, and what is known of the files in them. */
export class DatasetService {
  #records: RecordStore;
  #clock: Clock;
  constructor(dependencies: { records: RecordStore; clock: Clock }) {
    this.#records = dependencies.records;
    this.#clock = dependencies.clock;
  }

  /** Throws `InvalidArgument`, `ProjectMissing` and `DatasetExists`. */
  create(name: DatasetName, about: DatasetAbout): Promise<DatasetRow> {
    if (!NAME.test(name.name)) {
      const reason =
        'It has 1 to 128 letters, digits, hyphens and underscores, and begins with a letter or an underscore.';
      throw new DomainError('InvalidArgument', { name: 'DatasetName', value: name.name, reason });
    }
    const nowMs = this.#clock.now();
    return this.#records.transact('createDataset', { ...name, about, createdMs: nowMs, modifiedMs: nowMs });
  }

  /** Throws `ProjectMissing` and `DatasetMissing`. */
  async get(name: DatasetName): Promise<DatasetRow> {
    await this.#project(name);
    const row = await this.#records.reads.datasets.get(name);
    if (row === undefined) throw new DomainError('DatasetMissing', { dataset: name.name });
    return row;
  }

  async totals(name: DatasetName): Promise<{ files: number; bytes: number }> {
    return this.#records.reads.datasets.totals(name);
  }

  /** Throws `ProjectMissing`. */
  async list(query: {
    accountId: string;
    project: string;
    prefix: string;
    after: string;
    limit: number;
  }): Promise<DatasetRow[]> {
    await this.#project(query);
    return this.#records.reads.datasets.page(query);
  }

  /** What `about` names is changed, the rest stays. Throws `DatasetMissing`. */
  update(name: DatasetName, about: DatasetAbout): Promise<DatasetRow> {
    return this.#records.transact('updateDataset', { name, about, nowMs: this.#clock.now() });
  }

  /** Throws `DatasetMissing` and `DatasetInUse`. */
  delete({ accountId, project, name }: DatasetName): Promise<void> {
    return this.#records.transact('deleteDataset', { accountId, project, name });
  }

  /** Throws `DatasetMissing` and `FileMetaMissing`. */
  async file(name: FileMetaName): Promise<FileMetaRow> {
    const { accountId, project, dataset, uri } = name;
    await this.get({ accountId, project, name: dataset });
    const row = await this.#records.reads.fileMetas.get(name);
    if (row === undefined) throw new DomainError('FileMetaMissing', { uri });
    return row;
  }

  /** Changes what somebody said of a file that is there. Throws `DatasetMissing` and `FileMetaMissing`. */
  say(name: FileMetaName, said: Record<string, unknown>): Promise<FileMetaRow> {
    return this.#records.transact('putFileMeta', { name, said, must: true, nowMs: this.#clock.now() });
  }

  /** Records what was found in a file. Throws `DatasetMissing` and `TooManyFiles`. */
  found(
    name: FileMetaName,
    known: { size: number; found: Record<string, unknown>; said: Record<string, unknown> },
  ): Promise<FileMetaRow> {
    return this.#records.transact('putFileMeta', { name, ...known, must: false, nowMs: this.#clock.now() });
  }

  /** Throws `DatasetMissing`. */
  forget(dataset: DatasetName, uris: string[]): Promise<void> {
    return this.#records.transact('deleteFileMetas', { dataset, uris });
  }

  /** Looks at every file of a dataset, a page at a time, and keeps no more than it will answer. Throws `DatasetMissing`. */
  async search({ dataset, condition, orders, aggregations, limit, after }: FileSearch): Promise<FoundFiles> {
    await this.get(dataset);
    const { accountId, project, name } = dataset;
    const order: FileOrder[] = [...orders, { field: 'URI', descending: false }];
    const counts = aggregations.map((one) => new Aggregate(one));
    const kept: { row: FileMetaRow; values: unknown[] }[] = [];
    const from = after && [...after.values, after.uri];
    let total = 0;
    let more = false;
    for (let uri = ''; ; ) {
      const page = await this.#records.reads.fileMetas.page({
        accountId,
        project,
        dataset: name,
        after: uri,
        limit: PAGE,
      });
      for (const row of page) {
        uri = row.uri;
        const file = fileOf(row);
        if (condition && !fits(file, condition)) continue;
        total += 1;
        for (const count of counts) count.add(file);
        if (counts.length > 0) continue;
        const values = order.map(({ field }) => valuesAt(file, field)[0]);
        if (from && compareBy(order, values, from) <= 0) continue;
        kept.push({ row, values });
        if (kept.length < 2 * (limit + 1)) continue;
        kept.sort((a, b) => compareBy(order, a.values, b.values));
        kept.length = limit + 1;
      }
      if (page.length < PAGE) break;
      // Whoever else waits has a turn.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    kept.sort((a, b) => compareBy(order, a.values, b.values));
    more = kept.length > limit;
    const files = kept.slice(0, limit);
    const last = files.at(-1);
    return {
      files: files.map(({ row }) => row),
      total,
      ...(more && last && { next: { values: last.values.slice(0, -1), uri: last.row.uri } }),
      aggregations: counts.map((count) => count.result()),
    };
  }

  async #project({ accountId, project }: { accountId: string; project: string }): Promise<void> {
    if ((await this.#records.reads.projects.get(accountId, project)) === undefined) {
      throw new DomainError('ProjectMissing', { project });
    }
  }
}
