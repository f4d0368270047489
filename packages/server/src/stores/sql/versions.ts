import type { DeleteMarker, ObjectVersion, VersionRecords, VersionSummary } from '../../domain/ports/object-records.ts';
import type { Database } from './database.ts';
import { commonPrefix, endOfPrefix, isBefore, type KeyedRows, readPage, successor } from './key-range.ts';
import { found, isThere, type Steps, steps, then, wait } from './steps.ts';
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

type Stored = StoredObject | (Omit<StoredObject, 'type'> & { type: 'DeleteMarker' });
type StoredVersionSummary = (StoredSummary | (Omit<StoredSummary, 'type'> & { type: 'DeleteMarker' })) & {
  versionId: string;
  rank: number;
  latest: number;
};

interface Cursor {
  key: string;
  rank: number;
}

/** Less than every rank. */
const BEFORE_ALL = Number.MIN_SAFE_INTEGER;

/** A marker says nothing of bytes. */
const nothing = { size: 0, etag: '', crc64: '0', storageClass: 'Standard', acl: 'default' } as const;
const noWords = { traits: '{}', headers: '{}', meta: '{}', segments: '[]' };

const isObject = (row: Stored): row is StoredObject => row.type !== 'DeleteMarker';

function fromVersion(row: Stored): ObjectVersion {
  if (isObject(row)) return fromStored(row);
  const { bucketId, key, versionId, rank, lastModifiedMs } = row;
  return { bucketId, key, versionId, rank, lastModifiedMs, type: 'DeleteMarker' };
}

const toVersion = (row: ObjectVersion): Stored =>
  row.type === 'DeleteMarker' ? { ...nothing, ...noWords, ...(row satisfies DeleteMarker) } : toStored(row);

function summaryOf(row: StoredVersionSummary): VersionSummary {
  const { versionId, rank, key, lastModifiedMs } = row;
  const latest = row.latest === 1;
  if (row.type === 'DeleteMarker') return { key, versionId, rank, latest, type: row.type, lastModifiedMs };
  const { type } = row;
  return { ...summaryFromStored(row), type, latest };
}

export function versionRecords(database: Database) {
  const get = database.prepare<[number, string, string], Stored>(
    `SELECT ${objectColumns} FROM versions WHERE bucket_id = ? AND key = ? AND version_id = ?`,
  );
  const newest = database.prepare<[number, string], Stored>(
    `SELECT ${objectColumns} FROM versions WHERE bucket_id = ? AND key = ? ORDER BY rank LIMIT 1`,
  );
  // Both tables are walked side by side in the order of their keys. What is not current can still be the latest: a marker,
  // when there is no object and nothing newer.
  const range = database.prepare<
    [number, string, number, string, number, string, number, string, number],
    StoredVersionSummary
  >(
    `SELECT ${summaryColumns}, version_id AS versionId, rank, 1 AS latest FROM objects
     WHERE bucket_id = ? AND (key, rank) > (?, ?) AND key < ?
     UNION ALL
     SELECT ${summaryColumns}, version_id, rank,
       CASE WHEN type = 'DeleteMarker'
         AND NOT EXISTS (SELECT 1 FROM objects WHERE bucket_id = older.bucket_id AND key = older.key)
         AND NOT EXISTS (SELECT 1 FROM versions
           WHERE bucket_id = older.bucket_id AND key = older.key AND rank < older.rank) THEN 1 ELSE 0 END
     FROM versions AS older
     WHERE bucket_id = ? AND (key, rank) > (?, ?) AND key < ?
     ORDER BY key, rank LIMIT ?`,
  );
  const rankOf = database
    .prepare<[number, string, string, number, string, string], number>(
      `SELECT rank FROM versions WHERE bucket_id = ? AND key = ? AND version_id = ?
       UNION ALL SELECT rank FROM objects WHERE bucket_id = ? AND key = ? AND version_id = ?`,
    )
    .pluck();
  const any = database.prepare<[number], number>('SELECT 1 FROM versions WHERE bucket_id = ? LIMIT 1').pluck();
  const put = database.prepare<[Stored]>(
    `INSERT INTO versions ${insertedColumns} ON CONFLICT (bucket_id, key, rank) DO UPDATE SET ${replacedColumns}`,
  );
  const remove = database.prepare<[number, string, string]>(
    'DELETE FROM versions WHERE bucket_id = ? AND key = ? AND version_id = ?',
  );
  return {
    get: (bucketId, key, versionId) => found(get.get(bucketId, key, versionId), fromVersion),
    newest: (bucketId, key) => found(newest.get(bucketId, key), fromVersion),
    page({ bucketId, prefix, delimiter, afterKey, afterVersion, limit }) {
      const until = endOfPrefix(prefix);
      const rows: KeyedRows<StoredVersionSummary, Cursor> = {
        keyOf: (row) => row.key,
        at: (key) => ({ key, rank: BEFORE_ALL }),
        after: (row) => ({ key: row.key, rank: row.rank }),
        read: (from, count) =>
          range.all(bucketId, from.key, from.rank, until, bucketId, from.key, from.rank, until, count),
      };
      const start = function* (): Steps<Cursor> {
        const folded = commonPrefix(afterKey, prefix, delimiter);
        if (folded !== undefined) return rows.at(endOfPrefix(folded));
        if (isBefore(afterKey, prefix) || afterKey === '') return rows.at(prefix);
        if (afterVersion === '') return rows.at(successor(afterKey));
        const rank = yield* wait(rankOf.get(bucketId, afterKey, afterVersion, bucketId, afterKey, afterVersion));
        return { key: afterKey, rank: rank ?? BEFORE_ALL };
      };
      return database.snapshot(() =>
        steps(function* () {
          const page = yield* readPage(rows, yield* start(), { prefix, delimiter, limit });
          const entries = page.entries.map((entry) => ('row' in entry ? { version: summaryOf(entry.row) } : entry));
          return { entries, truncated: page.truncated };
        }),
      );
    },
    any: (bucketId) => then(any.get(bucketId), isThere),
    put: (row) => void put.run(toVersion(row)),
    remove: (bucketId, key, versionId) => void remove.run(bucketId, key, versionId),
  } satisfies VersionRecords;
}
