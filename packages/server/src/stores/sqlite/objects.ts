import type { ObjectRecords, ObjectRow, ObjectSummary } from '../../domain/ports/object-records.ts';
import { type Database, snapshot } from './connection.ts';
import { commonPrefix, endOfPrefix, type KeyedRows, namesAfter, readPage, successor } from './key-range.ts';
import { formatSegments, parseSegments } from './segment-list.ts';

type Stored = Omit<ObjectRow, 'headers' | 'meta' | 'segments'> & { headers: string; meta: string; segments: string };

const summary = 'key, type, size, etag, last_modified_ms AS lastModifiedMs, storage_class AS storageClass';

/** Most objects carry no user metadata, and parsing is a good part of what a read costs. */
const parseWords = (json: string): Record<string, string> => (json === '{}' ? {} : JSON.parse(json));

export function objectRecords(database: Database) {
  const get = database.prepare<[number, string], Stored>(
    `SELECT bucket_id AS bucketId, version_id AS versionId, crc64, acl, headers, meta, segments, ${summary}
     FROM objects WHERE bucket_id = ? AND key = ?`,
  );
  const range = database.prepare<[number, Buffer, Buffer, number], ObjectSummary>(
    `SELECT ${summary} FROM objects
     WHERE bucket_id = ? AND key >= CAST(? AS TEXT) AND key < CAST(? AS TEXT) ORDER BY key LIMIT ?`,
  );
  const any = database.prepare<[number], number>('SELECT 1 FROM objects WHERE bucket_id = ? LIMIT 1').pluck();
  const put = database.prepare<[Stored]>(
    `INSERT INTO objects (bucket_id, key, version_id, type, size, etag, crc64, last_modified_ms, storage_class, acl,
       headers, meta, segments)
     VALUES (@bucketId, @key, @versionId, @type, @size, @etag, @crc64, @lastModifiedMs, @storageClass, @acl,
       @headers, @meta, @segments)
     ON CONFLICT (bucket_id, key) DO UPDATE SET version_id = excluded.version_id, type = excluded.type,
       size = excluded.size, etag = excluded.etag, crc64 = excluded.crc64,
       last_modified_ms = excluded.last_modified_ms, storage_class = excluded.storage_class, acl = excluded.acl,
       headers = excluded.headers, meta = excluded.meta, segments = excluded.segments`,
  );
  const remove = database.prepare<[number, string]>('DELETE FROM objects WHERE bucket_id = ? AND key = ?');
  return {
    get(bucketId, key) {
      const row = get.get(bucketId, key);
      if (row === undefined) return undefined;
      return {
        ...row,
        headers: parseWords(row.headers),
        meta: parseWords(row.meta),
        segments: parseSegments(row.segments),
      };
    },
    page({ bucketId, prefix, delimiter, after, limit }) {
      const [first, until] = namesAfter(prefix, after);
      const folded = commonPrefix(after, prefix, delimiter);
      const rows: KeyedRows<ObjectSummary, Buffer> = {
        keyOf: (row) => row.key,
        at: (key) => key,
        after: (row) => successor(row.key),
        read: (from, count) => range.all(bucketId, from, until, count),
      };
      return snapshot(database, () => {
        // Whatever else shares the common prefix that `after` lies in was on the page that ended there.
        const start = folded === undefined ? first : endOfPrefix(folded);
        const page = readPage(rows, start, { prefix, delimiter, limit });
        const entries = page.entries.map((entry) => ('row' in entry ? { object: entry.row } : entry));
        return { entries, truncated: page.truncated };
      });
    },
    any: (bucketId) => any.get(bucketId) !== undefined,
    put(row) {
      put.run({
        ...row,
        headers: JSON.stringify(row.headers),
        meta: JSON.stringify(row.meta),
        segments: formatSegments(row.segments),
      });
    },
    remove: (bucketId, key) => void remove.run(bucketId, key),
  } satisfies ObjectRecords;
}
