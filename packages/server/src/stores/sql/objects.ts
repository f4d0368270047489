import type { ObjectRecords } from '../../domain/ports/object-records.ts';
import type { Database } from './database.ts';
import { commonPrefix, endOfPrefix, type KeyedRows, namesAfter, readPage, successor } from './key-range.ts';
import { found, isThere, steps, then } from './steps.ts';
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
  const range = database.prepare<[number, string, string, number], StoredSummary>(
    `SELECT ${summaryColumns} FROM objects
     WHERE bucket_id = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?`,
  );
  const any = database.prepare<[number], number>('SELECT 1 FROM objects WHERE bucket_id = ? LIMIT 1').pluck();
  const put = database.prepare<[StoredObject]>(
    `INSERT INTO objects ${insertedColumns} ON CONFLICT (bucket_id, key) DO UPDATE SET ${replacedColumns}`,
  );
  const remove = database.prepare<[number, string]>('DELETE FROM objects WHERE bucket_id = ? AND key = ?');
  return {
    get: (bucketId, key) => found(get.get(bucketId, key), fromStored),
    page({ bucketId, prefix, delimiter, after, limit }) {
      const [first, until] = namesAfter(prefix, after);
      const folded = commonPrefix(after, prefix, delimiter);
      const rows: KeyedRows<StoredSummary, string> = {
        keyOf: (row) => row.key,
        at: (key) => key,
        after: (row) => successor(row.key),
        read: (from, count) => range.all(bucketId, from, until, count),
      };
      return database.snapshot(() =>
        steps(function* () {
          // Whatever else shares the common prefix that `after` lies in was on the page that ended there.
          const start = folded === undefined ? first : endOfPrefix(folded);
          const page = yield* readPage(rows, start, { prefix, delimiter, limit });
          const entries = page.entries.map((entry) =>
            'row' in entry ? { object: summaryFromStored(entry.row) } : entry,
          );
          return { entries, truncated: page.truncated };
        }),
      );
    },
    any: (bucketId) => then(any.get(bucketId), isThere),
    put: (row) => void put.run(toStored(row)),
    remove: (bucketId, key) => void remove.run(bucketId, key),
  } satisfies ObjectRecords;
}
