import type {
  DatasetName,
  DatasetRecords,
  DatasetRow,
  FileMetaName,
  FileMetaRecords,
  FileMetaRow,
} from '../../domain/ports/dataset-records.ts';
import type { Database } from './database.ts';
import { found, mapped, then } from './steps.ts';

type StoredDataset = Omit<DatasetRow, 'about'> & { about: string };

const datasetColumns =
  'account_id AS accountId, project, name, created_ms AS createdMs, modified_ms AS modifiedMs, about';

const datasetFromStored = (row: StoredDataset): DatasetRow => ({ ...row, about: JSON.parse(row.about) });

export function datasetRecords(database: Database) {
  const get = database.prepare<[DatasetName], StoredDataset>(
    `SELECT ${datasetColumns} FROM datasets WHERE account_id = @accountId AND project = @project AND name = @name`,
  );
  const page = database.prepare<
    [{ accountId: string; project: string; prefix: string; after: string; limit: number }],
    StoredDataset
  >(
    `SELECT ${datasetColumns} FROM datasets
     WHERE account_id = @accountId AND project = @project AND name > @after
       AND substr(name, 1, length(@prefix)) = @prefix
     ORDER BY name LIMIT @limit`,
  );
  const totals = database.prepare<[DatasetName], { files: number; bytes: number }>(
    `SELECT count(*) AS files, coalesce(sum(size), 0) AS bytes FROM file_metas
     WHERE account_id = @accountId AND project = @project AND dataset = @name`,
  );
  const put = database.prepare<[StoredDataset]>(
    `INSERT INTO datasets (account_id, project, name, created_ms, modified_ms, about)
     VALUES (@accountId, @project, @name, @createdMs, @modifiedMs, @about)
     ON CONFLICT (account_id, project, name) DO UPDATE SET modified_ms = excluded.modified_ms, about = excluded.about`,
  );
  const remove = database.prepare<[DatasetName]>(
    'DELETE FROM datasets WHERE account_id = @accountId AND project = @project AND name = @name',
  );
  return {
    get: (name) => found(get.get(name), datasetFromStored),
    page: (query) => mapped(page.all(query), datasetFromStored),
    totals: (name) => then(totals.get(name), (sums) => sums ?? { files: 0, bytes: 0 }),
    put: (row) => void put.run({ ...row, about: JSON.stringify(row.about) }),
    remove: (name) => void remove.run(name),
  } satisfies DatasetRecords;
}

type StoredFileMeta = Omit<FileMetaRow, 'file'> & { file: string };

const fileMetaColumns =
  'account_id AS accountId, project, dataset, uri, size, created_ms AS createdMs, modified_ms AS modifiedMs, file';

const fileMetaFromStored = (row: StoredFileMeta): FileMetaRow => ({ ...row, file: JSON.parse(row.file) });

export function fileMetaRecords(database: Database) {
  const get = database.prepare<[FileMetaName], StoredFileMeta>(
    `SELECT ${fileMetaColumns} FROM file_metas
     WHERE account_id = @accountId AND project = @project AND dataset = @dataset AND uri = @uri`,
  );
  const page = database.prepare<
    [{ accountId: string; project: string; dataset: string; after: string; limit: number }],
    StoredFileMeta
  >(
    `SELECT ${fileMetaColumns} FROM file_metas
     WHERE account_id = @accountId AND project = @project AND dataset = @dataset AND uri > @after
     ORDER BY uri LIMIT @limit`,
  );
  const put = database.prepare<[StoredFileMeta]>(
    `INSERT INTO file_metas (account_id, project, dataset, uri, size, created_ms, modified_ms, file)
     VALUES (@accountId, @project, @dataset, @uri, @size, @createdMs, @modifiedMs, @file)
     ON CONFLICT (account_id, project, dataset, uri) DO UPDATE SET
       size = excluded.size, modified_ms = excluded.modified_ms, file = excluded.file`,
  );
  const remove = database.prepare<[FileMetaName]>(
    'DELETE FROM file_metas WHERE account_id = @accountId AND project = @project AND dataset = @dataset AND uri = @uri',
  );
  return {
    get: (name) => found(get.get(name), fileMetaFromStored),
    page: (query) => mapped(page.all(query), fileMetaFromStored),
    put: (row) => void put.run({ ...row, file: JSON.stringify(row.file) }),
    remove: (name) => void remove.run(name),
  } satisfies FileMetaRecords;
}
