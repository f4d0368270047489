import type { BucketRecords, BucketRow } from '../../domain/ports/object-records.ts';
import type { Unsaved } from '../../domain/ports/record-store.ts';
import type { Database } from './connection.ts';
import { namesAfter } from './key-range.ts';

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
  const list = database.prepare<[string, Buffer, Buffer, number], Stored<BucketRow>>(
    `SELECT ${columns} FROM buckets
     WHERE owner_id = ? AND name >= CAST(? AS TEXT) AND name < CAST(? AS TEXT) ORDER BY name LIMIT ?`,
  );
  const all = database.prepare<[Buffer, number], Stored<BucketRow>>(
    `SELECT ${columns} FROM buckets WHERE name > CAST(? AS TEXT) ORDER BY name LIMIT ?`,
  );
  const insert = database.prepare<[Stored<Unsaved<BucketRow>>]>(
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
    byName(name) {
      const row = byName.get(name);
      return row && fromStored(row);
    },
    byId(id) {
      const row = byId.get(id);
      return row && fromStored(row);
    },
    list: ({ ownerId, prefix, after, limit }) =>
      list.all(ownerId, ...namesAfter(prefix, after), limit).map((row) => fromStored(row)),
    all: (after, limit) => all.all(Buffer.from(after, 'utf8'), limit).map((row) => fromStored(row)),
    insert: (row) => ({ ...row, id: Number(insert.run(toStored(row)).lastInsertRowid) }),
    update: (row) => void update.run(toStored(row)),
    remove: (id) => void remove.run(id),
  } satisfies BucketRecords;
}
