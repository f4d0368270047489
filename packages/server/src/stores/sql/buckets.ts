import type { BucketRecords, BucketRow } from '../../domain/ports/object-records.ts';
import type { Unsaved } from '../../domain/ports/record-store.ts';
import type { Database } from './database.ts';
import { namesAfter } from './key-range.ts';
import { found, mapped, then } from './steps.ts';

const columns = `id, name, owner_id AS ownerId, created_ms AS createdMs, acl, storage_class AS storageClass,
  data_redundancy AS dataRedundancy, versioning, retention`;

type Stored<Row> = Omit<Row, 'retention'> & { retention: string | null };

function fromStored({ retention, ...row }: Stored<BucketRow>): BucketRow {
  return retention === null ? row : { ...row, retention: JSON.parse(retention) };
}

const toStored = <Row extends Unsaved<BucketRow>>(row: Row): Stored<Row> => ({
  ...row,
  retention: row.retention ? JSON.stringify(row.retention) : null,
});

export function bucketRecords(database: Database) {
  const byName = database.prepare<[string], Stored<BucketRow>>(`SELECT ${columns} FROM buckets WHERE name = ?`);
  const byId = database.prepare<[number], Stored<BucketRow>>(`SELECT ${columns} FROM buckets WHERE id = ?`);
  const list = database.prepare<[string, string, string, number], Stored<BucketRow>>(
    `SELECT ${columns} FROM buckets
     WHERE owner_id = ? AND name >= ? AND name < ? ORDER BY name LIMIT ?`,
  );
  const all = database.prepare<[string, number], Stored<BucketRow>>(
    `SELECT ${columns} FROM buckets WHERE name > ? ORDER BY name LIMIT ?`,
  );
  const insert = database.prepareInsert<[Stored<Unsaved<BucketRow>>]>(
    `INSERT INTO buckets (name, owner_id, created_ms, acl, storage_class, data_redundancy, versioning, retention)
     VALUES (@name, @ownerId, @createdMs, @acl, @storageClass, @dataRedundancy, @versioning, @retention)`,
  );
  const update = database.prepare<[Stored<BucketRow>]>(
    `UPDATE buckets SET name = @name, owner_id = @ownerId, created_ms = @createdMs, acl = @acl,
       storage_class = @storageClass, data_redundancy = @dataRedundancy, versioning = @versioning, retention = @retention
     WHERE id = @id`,
  );
  const remove = database.prepare<[number]>('DELETE FROM buckets WHERE id = ?');
  return {
    byName: (name) => found(byName.get(name), fromStored),
    byId: (id) => found(byId.get(id), fromStored),
    list: ({ ownerId, prefix, after, limit }) =>
      mapped(list.all(ownerId, ...namesAfter(prefix, after), limit), fromStored),
    all: (after, limit) => mapped(all.all(after, limit), fromStored),
    insert: (row) => then(insert(toStored(row)), (id) => ({ ...row, id })),
    update: (row) => void update.run(toStored(row)),
    remove: (id) => void remove.run(id),
  } satisfies BucketRecords;
}
