import type { BindingRecords, BindingRow, ProjectRecords, ProjectRow } from '../../domain/ports/project-records.ts';
import type { Database } from './database.ts';
import { found, mapped, then } from './steps.ts';

type StoredProject = Omit<ProjectRow, 'about'> & { about: string };

const projectColumns = 'account_id AS accountId, name, created_ms AS createdMs, modified_ms AS modifiedMs, about';

const fromStored = (row: StoredProject): ProjectRow => ({ ...row, about: JSON.parse(row.about) });

export function projectRecords(database: Database) {
  const get = database.prepare<[string, string], StoredProject>(
    `SELECT ${projectColumns} FROM projects WHERE account_id = ? AND name = ?`,
  );
  const page = database.prepare<[{ accountId: string; prefix: string; after: string; limit: number }], StoredProject>(
    `SELECT ${projectColumns} FROM projects
     WHERE account_id = @accountId AND name > @after AND substr(name, 1, length(@prefix)) = @prefix
     ORDER BY name LIMIT @limit`,
  );
  const count = database.prepare<[string], number>('SELECT count(*) FROM projects WHERE account_id = ?').pluck();
  const put = database.prepare<[StoredProject]>(
    `INSERT INTO projects (account_id, name, created_ms, modified_ms, about)
     VALUES (@accountId, @name, @createdMs, @modifiedMs, @about)
     ON CONFLICT (account_id, name) DO UPDATE SET modified_ms = excluded.modified_ms, about = excluded.about`,
  );
  const remove = database.prepare<[string, string]>('DELETE FROM projects WHERE account_id = ? AND name = ?');
  return {
    get: (accountId, name) => found(get.get(accountId, name), fromStored),
    page: (query) => mapped(page.all(query), fromStored),
    count: (accountId) => then(count.get(accountId), (counted) => counted ?? 0),
    put: (row) => void put.run({ ...row, about: JSON.stringify(row.about) }),
    remove: (accountId, name) => void remove.run(accountId, name),
  } satisfies ProjectRecords;
}

const bindingColumns = `bucket_id AS bucketId, account_id AS accountId, project, bucket, description,
  created_ms AS createdMs, modified_ms AS modifiedMs`;

export function bindingRecords(database: Database) {
  const get = database.prepare<[number], BindingRow>(
    `SELECT ${bindingColumns} FROM project_buckets WHERE bucket_id = ?`,
  );
  const page = database.prepare<[string, string, string, number], BindingRow>(
    `SELECT ${bindingColumns} FROM project_buckets WHERE account_id = ? AND project = ? AND bucket > ?
     ORDER BY bucket LIMIT ?`,
  );
  const put = database.prepare<[BindingRow]>(
    `INSERT INTO project_buckets (bucket_id, account_id, project, bucket, description, created_ms, modified_ms)
     VALUES (@bucketId, @accountId, @project, @bucket, @description, @createdMs, @modifiedMs)
     ON CONFLICT (bucket_id) DO UPDATE SET project = excluded.project, description = excluded.description,
       modified_ms = excluded.modified_ms`,
  );
  const remove = database.prepare<[number]>('DELETE FROM project_buckets WHERE bucket_id = ?');
  return {
    get: (bucketId) => get.get(bucketId),
    page: ({ accountId, project, after, limit }) => page.all(accountId, project, after, limit),
    put: (row) => void put.run(row),
    remove: (bucketId) => void remove.run(bucketId),
  } satisfies BindingRecords;
}
