import type { PartRow, UploadRecords, UploadRow } from '../../domain/ports/object-records.ts';
import { type Database, snapshot } from './connection.ts';
import { commonPrefix, endOfPrefix, type KeyedRows, readPage } from './key-range.ts';
import { formatSegments, parseSegments } from './segment-list.ts';

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
  key: Buffer;
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
  const range = database.prepare<[number, Buffer, string, Buffer, number], StoredUpload>(
    `SELECT ${uploadColumns} FROM uploads
     WHERE bucket_id = ? AND (key, id) > (CAST(? AS TEXT), ?) AND key < CAST(? AS TEXT) ORDER BY key, id LIMIT ?`,
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
    get(id) {
      const row = get.get(id);
      return row && fromStored(row);
    },
    parts: (uploadId, after, limit) => parts.all(uploadId, after, limit).map(partFromStored),
    part(uploadId, number) {
      const row = part.get(uploadId, number);
      return row && partFromStored(row);
    },
    page({ bucketId, prefix, delimiter, afterKey, afterId, limit }) {
      const until = endOfPrefix(prefix);
      const rows: KeyedRows<StoredUpload, Cursor> = {
        keyOf: (row) => row.key,
        // No upload has an empty id, so everything with this key is still to come.
        at: (key) => ({ key, id: '' }),
        after: (row) => ({ key: Buffer.from(row.key, 'utf8'), id: row.id }),
        read: (from, count) => range.all(bucketId, from.key, from.id, until, count),
      };
      const folded = commonPrefix(afterKey, prefix, delimiter);
      const [marker, first] = [Buffer.from(afterKey, 'utf8'), Buffer.from(prefix, 'utf8')];
      let start: Cursor;
      if (folded !== undefined) start = rows.at(endOfPrefix(folded));
      else if (Buffer.compare(marker, first) < 0) start = rows.at(first);
      else start = { key: marker, id: afterId };
      return snapshot(database, () => {
        const page = readPage(rows, start, { prefix, delimiter, limit });
        const entries = page.entries.map((entry) => ('row' in entry ? { upload: fromStored(entry.row) } : entry));
        return { entries, truncated: page.truncated };
      });
    },
    any: (bucketId) => any.get(bucketId) !== undefined,
    insert(row) {
      insert.run({
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
      putPart.run({ ...row, md5, segments: formatSegments(row.segments) });
    },
    remove(id) {
      removeParts.run(id);
      remove.run(id);
    },
  } satisfies UploadRecords;
}
