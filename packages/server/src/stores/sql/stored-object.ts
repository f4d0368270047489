import type { ObjectRow, ObjectSummary } from '../../domain/ports/object-records.ts';
import { formatSegments, parseSegments } from './segment-list.ts';

/** An object as `objects` and `versions` both have it. */
export type StoredObject = Omit<ObjectRow, 'traits' | 'headers' | 'meta' | 'segments'> & {
  traits: string;
  headers: string;
  meta: string;
  segments: string;
};

/** What a listing reads of it. */
export type StoredSummary = Omit<ObjectSummary, 'traits'> & { traits: string | null };

const sharedColumns = 'key, type, size, etag, last_modified_ms AS lastModifiedMs, storage_class AS storageClass';

export const summaryColumns = `${sharedColumns}, NULLIF(traits, '{}') AS traits`;

export const objectColumns = `bucket_id AS bucketId, rank, version_id AS versionId, crc64, acl, traits, headers, meta,
  segments, ${sharedColumns}`;

export const insertedColumns = `(bucket_id, key, rank, version_id, type, size, etag, crc64, last_modified_ms,
  storage_class, acl, traits, headers, meta, segments)
  VALUES (@bucketId, @key, @rank, @versionId, @type, @size, @etag, @crc64, @lastModifiedMs,
    @storageClass, @acl, @traits, @headers, @meta, @segments)`;

/** All but the primary key, for the case that there is such a row. */
export const replacedColumns = `rank = excluded.rank, version_id = excluded.version_id, type = excluded.type,
  size = excluded.size, etag = excluded.etag, crc64 = excluded.crc64, last_modified_ms = excluded.last_modified_ms,
  storage_class = excluded.storage_class, acl = excluded.acl, traits = excluded.traits, headers = excluded.headers,
  meta = excluded.meta, segments = excluded.segments`;

/** Most objects carry no user metadata, and parsing is a good part of what a read costs. */
const parseWords = <T extends object>(json: string): T | Record<string, never> =>
  json === '{}' ? {} : (JSON.parse(json) as T);

export const fromStored = (row: StoredObject): ObjectRow => ({
  ...row,
  traits: parseWords(row.traits),
  headers: parseWords(row.headers),
  meta: parseWords(row.meta),
  segments: parseSegments(row.segments),
});

/** Turns the row itself, which nobody else has. */
export function summaryFromStored<Row extends { traits: string | null }>(
  row: Row,
): Omit<Row, 'traits'> & Pick<ObjectSummary, 'traits'> {
  const turned = row as Omit<Row, 'traits'> & { traits: ObjectSummary['traits'] };
  if (row.traits !== null) turned.traits = JSON.parse(row.traits);
  return turned;
}

export const toStored = (row: ObjectRow): StoredObject => ({
  ...row,
  traits: JSON.stringify(row.traits),
  headers: JSON.stringify(row.headers),
  meta: JSON.stringify(row.meta),
  segments: formatSegments(row.segments),
});
