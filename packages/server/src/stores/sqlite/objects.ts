import type { ObjectRecords } from '../../domain/ports/object-records.ts';
import { type Database, snapshot } from './connection.ts';
import { commonPrefix, endOfPrefix, type KeyedRows, namesAfter, readPage, successor } from './key-range.ts';
import {
  fromStored,
  insertedColumns,
  objectColumns,
  replacedColumns,
  type StoredObject,
  type StoredSummary,
  summaryColumns,
  summaryFromStored,
  toStored,
} from './stored-object.ts';

export function objectRecords(database: Database) {
  const get = database.prepare<[number, string], StoredObject>(
    `SELECT ${objectColumns} FROM objects WHERE bucket_id = ? AND key = ?`,
  );
  const range = database.prepare<[number, Buffer, Buffer, number], StoredSummary>(
    `SELECT ${summaryColumns} FROM objects
     WHERE bucket_id = ? AND key >= CAST(? AS TEXT) AND key < CAST(? AS TEXT) ORDER BY key LIMIT ?`,
  );
  const any = database.prepare<[number], number>('SELECT 1 FROM objects WHERE bucket_id = ? LIMIT 1').pluck();
  const put = database.prepare<[StoredObject]>(
    `INSERT INTO objects ${insertedColumns} ON CONFLICT (bucket_id, key) DO UPDATE SET ${replacedColumns}`,
  );
  const remove = database.prepare<[number, string]>('DELETE FROM objects WHERE bucket_id = ? AND key = ?');
  return {
    get(bucketId, key) {
      const row = get.get(bucketId, key);
      return row && fromStored(row);
    },
    page({ bucketId, prefix, delimiter, after, limit }) {
      const [first, until] = namesAfter(prefix, after);
      const folded = commonPrefix(after, prefix, delimiter);
      const rows: KeyedRows<StoredSummary, Buffer> = {
        keyOf: (row) => row.key,
        at: (key) => key,
        after: (row) => successor(row.key),
        read: (from, count) => range.all(bucketId, from, until, count),
      };
      return snapshot(database, () => {
        // Whatever else shares the common prefix that `after` lies in was on the page that ended there.
        const start = folded === undefined ? first : endOfPrefix(folded);
        const page = readPage(rows, start, { prefix, delimiter, limit });
        const entries = page.entries.map((entry) =>
          'row' in entry ? { object: summaryFromStored(entry.row) } : entry,
        );
        return { entries, truncated: page.truncated };
      });
    },
    any: (bucketId) => any.get(bucketId) !== undefined,
    put: (row) => void put.run(toStored(row)),
    remove: (bucketId, key) => void remove.run(bucketId, key),
  } satisfies ObjectRecords;
}
