import type { BlobRecords, BlobRow, MarkedBlob } from '../../domain/ports/object-records.ts';
import type { Database } from './connection.ts';

/** A command counted references to a blob that is not recorded: its rows and their segments disagree. */
const unrecorded = (blob: string): Error => new Error(`Blob ${blob} has no record, so its references cannot change.`);

export function blobRecords(database: Database) {
  const insertBytes = database.prepare<[Uint8Array]>('INSERT INTO inline_bytes (data) VALUES (?)');
  const insert = database.prepare<[string, number, string, number | null, string | null]>(
    'INSERT INTO blobs (id, length, crc64, refs, inline_id, seal) VALUES (?, ?, ?, 0, ?, ?)',
  );
  const page = database.prepare<[string, number], BlobRow & { seal: string | null }>(
    'SELECT id, length, crc64, seal FROM blobs WHERE id > ? AND refs > 0 ORDER BY id LIMIT ?',
  );
  // No index leads from bytes to objects: this is asked when some are damaged, and then every object is looked through.
  const users = database.prepare<[string], { bucket: string; key: string }>(
    `SELECT DISTINCT buckets.name AS bucket, key
     FROM (SELECT bucket_id, key, segments FROM objects UNION ALL SELECT bucket_id, key, segments FROM versions)
       JOIN buckets ON buckets.id = bucket_id
     WHERE INSTR(segments, ?) > 0 ORDER BY 1, 2`,
  );
  // As a join, SQLite would plan it again for each value of its parameter, at three times the cost.
  const content = database.prepare<[string], { data: Buffer | null; seal: string | null }>(
    'SELECT seal, (SELECT data FROM inline_bytes WHERE id = inline_id) AS data FROM blobs WHERE id = ?',
  );
  const marked = database.prepare<[string], MarkedBlob & { marks: string | null }>(
    'SELECT length, crc64, (SELECT marks FROM blob_marks WHERE blob_id = blobs.id) AS marks FROM blobs WHERE id = ?',
  );
  const mark = database.prepare<[string, string]>('INSERT OR REPLACE INTO blob_marks (blob_id, marks) VALUES (?, ?)');
  const unmark = database.prepare<[string]>('DELETE FROM blob_marks WHERE blob_id = ?');
  const retain = database.prepare<[string]>('UPDATE blobs SET refs = refs + 1 WHERE id = ?');
  const release = database
    .prepare<[string], number>('UPDATE blobs SET refs = refs - 1 WHERE id = ? RETURNING refs')
    .pluck();
  const remove = database
    .prepare<[string], number | null>('DELETE FROM blobs WHERE id = ? RETURNING inline_id')
    .pluck();
  const removeBytes = database.prepare<[number]>('DELETE FROM inline_bytes WHERE id = ?');
  const discard = database.prepare<[string, number]>('INSERT OR REPLACE INTO garbage (id, released_ms) VALUES (?, ?)');
  const known = database.prepare<[string], number>('SELECT 1 FROM blobs WHERE id = ?').pluck();
  const garbage = database
    .prepare<[number, number], string>('SELECT id FROM garbage WHERE released_ms < ? ORDER BY released_ms LIMIT ?')
    .pluck();
  const forget = database.prepare<[string]>('DELETE FROM garbage WHERE id = ?');
  return {
    insert(blob) {
      const inlineId = blob.data === undefined ? null : Number(insertBytes.run(blob.data).lastInsertRowid);
      insert.run(blob.id, blob.length, blob.crc64, inlineId, blob.seal ?? null);
    },
    content(id) {
      const row = content.get(id);
      return row && { ...(row.data && { data: row.data }), ...(row.seal !== null && { seal: row.seal }) };
    },
    marked(id) {
      const row = marked.get(id);
      return row && { ...row, marks: row.marks ?? undefined };
    },
    mark(id, marks) {
      mark.run(id, marks);
    },
    retain(segments) {
      for (const { blob } of segments) if (retain.run(blob).changes === 0) throw unrecorded(blob);
    },
    release(segments, nowMs) {
      for (const { blob } of segments) {
        const left = release.get(blob);
        if (left === undefined) throw unrecorded(blob);
        if (left === 0) discard.run(blob, nowMs);
      }
    },
    page: (after, limit) => page.all(after, limit).map(({ seal, ...row }) => (seal === null ? row : { ...row, seal })),
    users: (id) => users.all(id),
    known: (ids) => new Set(ids.filter((id) => known.get(id) !== undefined)),
    garbage: (beforeMs, limit) => garbage.all(beforeMs, limit),
    forget(ids) {
      for (const id of ids) {
        const inlineId = remove.get(id);
        if (inlineId !== undefined && inlineId !== null) removeBytes.run(inlineId);
        unmark.run(id);
        forget.run(id);
      }
    },
  } satisfies BlobRecords;
}
