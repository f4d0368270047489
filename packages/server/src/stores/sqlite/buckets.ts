import type { BucketRecords, BucketRow } from '../../domain/ports/object-records.ts';
import type { Unsaved } from '../../domain/ports/record-store.ts';
import type { Database } from './connection.ts';
import { namesAfter } from './key-range.ts';

const columns = `id, name, owner_id AS ownerId, created_ms AS createdMs, acl, storage_class AS storageClass,
  data_redundancy AS dataRedundancy, versioning`;

export function bucketRecords(database: Database) {
  const byName = database.prepare<[string], BucketRow>(`SELECT ${columns} FROM buckets WHERE name = ?`);
  const byId = database.prepare<[number], BucketRow>(`SELECT ${columns} FROM buckets WHERE id = ?`);
  const list = database.prepare<[string, Buffer, Buffer, number], BucketRow>(
    `SELECT ${columns} FROM buckets
     WHERE owner_id = ? AND name >= CAST(? AS TEXT) AND name < CAST(? AS TEXT) ORDER BY name LIMIT ?`,
  );
  const insert = database.prepare<[Unsaved<BucketRow>]>(
    `INSERT INTO buckets (name, owner_id, created_ms, acl, storage_class, data_redundancy, versioning)
     VALUES (@name, @ownerId, @createdMs, @acl, @storageClass, @dataRedundancy, @versioning)`,
  );
  const update = database.prepare<[BucketRow]>(
    `UPDATE buckets SET name = @name, owner_id = @ownerId, created_ms = @createdMs, acl = @acl,
       storage_class = @storageClass, data_redundancy = @dataRedundancy, versioning = @versioning WHERE id = @id`,
  );
  const remove = database.prepare<[number]>('DELETE FROM buckets WHERE id = ?');
  return {
    byName: (name) => byName.get(name),
    byId: (id) => byId.get(id),
    list: ({ ownerId, prefix, after, limit }) => list.all(ownerId, ...namesAfter(prefix, after), limit),
    insert: (row) => ({ ...row, id: Number(insert.run(row).lastInsertRowid) }),
    update: (row) => void update.run(row),
    remove: (id) => void remove.run(id),
  } satisfies BucketRecords;
}
