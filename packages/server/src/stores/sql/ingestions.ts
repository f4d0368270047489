import type {
  ArrivalRecords,
  ArrivalRow,
  IngestionRecords,
  IngestionRow,
} from '../../domain/ports/ingestion-records.ts';
import type { Database } from './database.ts';
import { found, mapped } from './steps.ts';

type Stored = Omit<IngestionRow, 'about' | 'scanned'> & { about: string; scanned: number };

const columns = `id, kind, account_id AS accountId, project, bucket_id AS bucketId, bucket, prefix, state, scanned, marker,
  submitted, failed, skipped, created_ms AS createdMs, modified_ms AS modifiedMs, about`;

const fromStored = (row: Stored): IngestionRow => ({
  ...row,
  scanned: row.scanned === 1,
  about: JSON.parse(row.about),
});

export function ingestionRecords(database: Database) {
  const get = database.prepare<[string], Stored>(`SELECT ${columns} FROM ingestions WHERE id = ?`);
  const page = database.prepare<
    [{ accountId: string; project: string; kind: string; after: string; limit: number }],
    Stored
  >(
    `SELECT ${columns} FROM ingestions
     WHERE account_id = @accountId AND project = @project AND kind = @kind AND id > @after
     ORDER BY id LIMIT @limit`,
  );
  const active = database.prepare<[], Stored>(
    `SELECT ${columns} FROM ingestions WHERE state IN ('Ready', 'Running', 'Suspended') ORDER BY id`,
  );
  const put = database.prepare<[Stored]>(
    `INSERT INTO ingestions (id, kind, account_id, project, bucket_id, bucket, prefix, state, scanned, marker,
       submitted, failed, skipped, created_ms, modified_ms, about)
     VALUES (@id, @kind, @accountId, @project, @bucketId, @bucket, @prefix, @state, @scanned, @marker,
       @submitted, @failed, @skipped, @createdMs, @modifiedMs, @about)
     ON CONFLICT (id) DO UPDATE SET state = excluded.state, scanned = excluded.scanned, marker = excluded.marker,
       submitted = excluded.submitted, failed = excluded.failed, skipped = excluded.skipped,
       modified_ms = excluded.modified_ms, about = excluded.about`,
  );
  const remove = database.prepare<[string]>('DELETE FROM ingestions WHERE id = ?');
  return {
    get: (id) => found(get.get(id), fromStored),
    page: (query) => mapped(page.all(query), fromStored),
    active: () => mapped(active.all(), fromStored),
    put: (row) => void put.run({ ...row, scanned: row.scanned ? 1 : 0, about: JSON.stringify(row.about) }),
    remove: (id) => void remove.run(id),
  } satisfies IngestionRecords;
}

export function arrivalRecords(database: Database) {
  const insert = database.prepare<[Omit<ArrivalRow, 'number'>]>(
    'INSERT INTO arrivals (ingestion_id, key, created_ms) VALUES (@ingestionId, @key, @createdMs)',
  );
  const next = database.prepare<[number, number], ArrivalRow>(
    `SELECT number, ingestion_id AS ingestionId, key, arrivals.created_ms AS createdMs
     FROM arrivals JOIN ingestions ON ingestions.id = ingestion_id
     WHERE number > ? AND state <> 'Suspended' ORDER BY number LIMIT ?`,
  );
  const remove = database.prepare<[number]>('DELETE FROM arrivals WHERE number = ?');
  const removeOf = database.prepare<[string]>('DELETE FROM arrivals WHERE ingestion_id = ?');
  return {
    insert: (row) => void insert.run(row),
    next: (after, limit) => next.all(after, limit),
    remove: (number) => void remove.run(number),
    removeOf: (ingestionId) => void removeOf.run(ingestionId),
  } satisfies ArrivalRecords;
}
