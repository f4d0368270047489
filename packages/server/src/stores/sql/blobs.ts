import type { BlobContent, BlobRecords, BlobRow, MarkedBlob } from '../../domain/ports/object-records.ts';
import type { Database } from './database.ts';
import { found, mapped, then, together } from './steps.ts';

/** A command counted references to a blob that is not recorded: its rows and their segments disagree. */
const unrecorded = (blob: string): Error => new Error(`Blob ${blob} has no record, so its references cannot change.`);

const contentOf = ({ data, seal }: { data: Buffer | null; seal: string | null }): BlobContent => ({
  ...(data && { data }),
  ...(seal !== null && { seal }),
});

export function blobRecords(database: Database) {
  const insertBytes = database.prepareInsert<[Uint8Array]>('INSERT INTO inline_bytes (data) VALUES (?)');
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
       AS held JOIN buckets ON buckets.id = bucket_id
     WHERE REPLACE(segments, ?, '') <> segments ORDER BY 1, 2`,
  );
  // As a join, SQLite would plan it again for each value of its parameter, at three times the cost.
  const content = database.prepare<[string], { data: Buffer | null; seal: string | null }>(
    'SELECT seal, (SELECT data FROM inline_bytes WHERE id = inline_id) AS data FROM blobs WHERE id = ?',
  );
  const marked = database.prepare<[string], MarkedBlob & { marks: string | null }>(
    'SELECT length, crc64, (SELECT marks FROM blob_marks WHERE blob_id = blobs.id) AS marks FROM blobs WHERE id = ?',
  );
  const mark = database.prepare<[string, string]>(
    'INSERT INTO blob_marks (blob_id, marks) VALUES (?, ?) ON CONFLICT (blob_id) DO UPDATE SET marks = excluded.marks',
  );
  const unmark = database.prepare<[string]>('DELETE FROM blob_marks WHERE blob_id = ?');
  const retain = database.prepare<[string]>('UPDATE blobs SET refs = refs + 1 WHERE id = ?');
  const release = database
    .prepare<[string], number>('UPDATE blobs SET refs = refs - 1 WHERE id = ? RETURNING refs')
    .pluck();
  const remove = database
    .prepare<[string], number | null>('DELETE FROM blobs WHERE id = ? RETURNING inline_id')
    .pluck();
  const removeBytes = database.prepare<[number]>('DELETE FROM inline_bytes WHERE id = ?');
  const discard = database.prepare<[string, number]>(
    `INSERT INTO garbage (id, released_ms) VALUES (?, ?)
     ON CONFLICT (id) DO UPDATE SET released_ms = excluded.released_ms`,
  );
  const known = database.prepare<[string], number>('SELECT 1 FROM blobs WHERE id = ?').pluck();
  const garbage = database
    .prepare<[number, number], string>('SELECT id FROM garbage WHERE released_ms < ? ORDER BY released_ms, id LIMIT ?')
    .pluck();
  const forget = database.prepare<[string]>('DELETE FROM garbage WHERE id = ?');
  return {
    insert(blob) {
      const inlineId = blob.data === undefined ? null : insertBytes(blob.data);
      return then(inlineId, (id) => void insert.run(blob.id, blob.length, blob.crc64, id, blob.seal ?? null));
    },
    content: (id) => found(content.get(id), contentOf),
    marked: (id) => found(marked.get(id), (row) => ({ ...row, marks: row.marks ?? undefined })),
    mark: (id, marks) => void mark.run(id, marks),
    retain: (segments) =>
      then(together(segments.map(({ blob }) => retain.run(blob))), (retained) => {
        for (const [at, { blob }] of segments.entries()) if (retained[at]?.changes !== 1) throw unrecorded(blob);
      }),
    release: (segments, nowMs) =>
      then(together(segments.map(({ blob }) => release.get(blob))), (left) => {
        for (const [at, { blob }] of segments.entries()) {
          if (left[at] === undefined) throw unrecorded(blob);
          if (left[at] === 0) void discard.run(blob, nowMs);
        }
      }),
    page: (after, limit) =>
      mapped(page.all(after, limit), ({ seal, ...row }) => (seal === null ? row : { ...row, seal })),
    users: (id) => users.all(id),
    known: (ids) =>
      then(
        together(ids.map((id) => known.get(id))),
        (those) => new Set(ids.filter((_, at) => those[at] !== undefined)),
      ),
    garbage: (beforeMs, limit) => garbage.all(beforeMs, limit),
    forget: (ids) =>
      then(together(ids.map((id) => remove.get(id))), (removed) => {
        for (const [at, id] of ids.entries()) {
          const inlineId = removed[at];
          if (inlineId !== undefined && inlineId !== null) void removeBytes.run(inlineId);
          void unmark.run(id);
          void forget.run(id);
        }
      }),
  } satisfies BlobRecords;
}
