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
export type StoredSummary = Omit<ObjectSummary, 'traits'> & { traits: string };

export const summaryColumns = `key, type, size, etag, last_modified_ms AS lastModifiedMs, storage_class AS storageClass,
  traits`;

export const objectColumns = `bucket_id AS bucketId, rank, version_id AS versionId, crc64, acl, headers, meta, segments,
  ${summaryColumns}`;

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

export const summaryFromStored = <Row extends { traits: string }>(
  row: Row,
): Omit<Row, 'traits'> & Pick<ObjectSummary, 'traits'> => ({ ...row, traits: parseWords(row.traits) });

export const toStored = (row: ObjectRow): StoredObject => ({
  ...row,
  traits: JSON.stringify(row.traits),
  headers: JSON.stringify(row.headers),
  meta: JSON.stringify(row.meta),
  segments: formatSegments(row.segments),
});
