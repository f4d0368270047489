import type { PartRow, UploadRecords, UploadRow } from '../../domain/ports/object-records.ts';
import type { Database } from './database.ts';
import { commonPrefix, endOfPrefix, isBefore, type KeyedRows, readPage } from './key-range.ts';
import { formatSegments, parseSegments } from './segment-list.ts';
import { found, isThere, mapped, steps, then } from './steps.ts';

type StoredUpload = Omit<
  UploadRow,
  'headers' | 'meta' | 'tags' | 'sequential' | 'forbidOverwrite' | 'encryption' | 'traits'
> & {
  headers: string;
  meta: string;
  tags: string;
  sequential: number;
  forbidOverwrite: number;
  encryption: string | null;
  traits: string;
};
type StoredPart = Omit<PartRow, 'segments' | 'md5'> & { segments: string; md5: string | null };

interface Cursor {
  key: string;
  id: string;
}

const uploadColumns = `id, bucket_id AS bucketId, key, initiated_ms AS initiatedMs, storage_class AS storageClass, acl,
  sequential, forbid_overwrite AS forbidOverwrite, headers, meta, tags, encryption,
  traits`;
const partColumns = `upload_id AS uploadId, number, size, etag, crc64, last_modified_ms AS lastModifiedMs, segments, md5`;

const fromStored = ({ encryption, ...row }: StoredUpload): UploadRow => ({
  ...row,
  sequential: row.sequential === 1,
  forbidOverwrite: row.forbidOverwrite === 1,
  headers: JSON.parse(row.headers),
  meta: JSON.parse(row.meta),
  tags: JSON.parse(row.tags),
  traits: JSON.parse(row.traits),
  ...(encryption !== null && { encryption: JSON.parse(encryption) }),
});
const partFromStored = ({ md5, ...row }: StoredPart): PartRow => ({
  ...row,
  segments: parseSegments(row.segments),
  ...(md5 !== null && { md5: JSON.parse(md5) }),
});

export function uploadRecords(database: Database) {
  const get = database.prepare<[string], StoredUpload>(`SELECT ${uploadColumns} FROM uploads WHERE id = ?`);
  const parts = database.prepare<[string, number, number], StoredPart>(
    `SELECT ${partColumns} FROM parts WHERE upload_id = ? AND number > ? ORDER BY number LIMIT ?`,
  );
  const part = database.prepare<[string, number], StoredPart>(
    `SELECT ${partColumns} FROM parts WHERE upload_id = ? AND number = ?`,
  );
  const range = database.prepare<[number, string, string, string, number], StoredUpload>(
    `SELECT ${uploadColumns} FROM uploads
     WHERE bucket_id = ? AND (key, id) > (?, ?) AND key < ? ORDER BY key, id LIMIT ?`,
  );
  const any = database.prepare<[number], number>('SELECT 1 FROM uploads WHERE bucket_id = ? LIMIT 1').pluck();
  const insert = database.prepare<[StoredUpload]>(
    `INSERT INTO uploads (id, bucket_id, key, initiated_ms, storage_class, acl, sequential,
       forbid_overwrite, headers, meta, tags, encryption, traits)
     VALUES (@id, @bucketId, @key, @initiatedMs, @storageClass, @acl, @sequential, @forbidOverwrite, @headers, @meta, @tags,
       @encryption, @traits)`,
  );
  const putPart = database.prepare<[StoredPart]>(
    `INSERT INTO parts (upload_id, number, size, etag, crc64, last_modified_ms, segments, md5)
     VALUES (@uploadId, @number, @size, @etag, @crc64, @lastModifiedMs, @segments, @md5)
     ON CONFLICT (upload_id, number) DO UPDATE SET size = excluded.size, etag = excluded.etag, crc64 = excluded.crc64,
       last_modified_ms = excluded.last_modified_ms, segments = excluded.segments,
       md5 = excluded.md5`,
  );
  const remove = database.prepare<[string]>('DELETE FROM uploads WHERE id = ?');
  const removeParts = database.prepare<[string]>('DELETE FROM parts WHERE upload_id = ?');
  return {
    get: (id) => found(get.get(id), fromStored),
    parts: (uploadId, after, limit) => mapped(parts.all(uploadId, after, limit), partFromStored),
    part: (uploadId, number) => found(part.get(uploadId, number), partFromStored),
    page({ bucketId, prefix, delimiter, afterKey, afterId, limit }) {
      const until = endOfPrefix(prefix);
      const rows: KeyedRows<StoredUpload, Cursor> = {
        keyOf: (row) => row.key,
        // No upload has an empty id, so everything with this key is still to come.
        at: (key) => ({ key, id: '' }),
        after: (row) => ({ key: row.key, id: row.id }),
        read: (from, count) => range.all(bucketId, from.key, from.id, until, count),
      };
      const folded = commonPrefix(afterKey, prefix, delimiter);
      let start: Cursor;
      if (folded !== undefined) start = rows.at(endOfPrefix(folded));
      else if (isBefore(afterKey, prefix)) start = rows.at(prefix);
      else start = { key: afterKey, id: afterId };
      return database.snapshot(() =>
        steps(function* () {
          const page = yield* readPage(rows, start, { prefix, delimiter, limit });
          const entries = page.entries.map((entry) => ('row' in entry ? { upload: fromStored(entry.row) } : entry));
          return { entries, truncated: page.truncated };
        }),
      );
    },
    any: (bucketId) => then(any.get(bucketId), isThere),
    insert(row) {
      void insert.run({
        ...row,
        sequential: row.sequential ? 1 : 0,
        forbidOverwrite: row.forbidOverwrite ? 1 : 0,
        headers: JSON.stringify(row.headers),
        meta: JSON.stringify(row.meta),
        tags: JSON.stringify(row.tags),
        traits: JSON.stringify(row.traits),
        encryption: row.encryption === undefined ? null : JSON.stringify(row.encryption),
      });
    },
    putPart(row) {
      const md5 = row.md5 === undefined ? null : JSON.stringify(row.md5);
      void putPart.run({ ...row, md5, segments: formatSegments(row.segments) });
    },
    remove(id) {
      void removeParts.run(id);
      void remove.run(id);
    },
  } satisfies UploadRecords;
}
