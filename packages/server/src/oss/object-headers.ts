import type { Conditions } from '../domain/objects/conditions.ts';
import type { ObjectDescription } from '../domain/objects/object-service.ts';
import type { ObjectAcl, ObjectHeaders, ObjectRow, StorageClass } from '../domain/ports/object-records.ts';
import { OssError } from './oss-error.ts';

/** The vendor's default for objects that were stored without a type. */
const DEFAULT_CONTENT_TYPE = 'application/octet-stream';
/** "The total size of user metadata must not exceed 8 KB." */
const MAX_META_BYTES = 8 * 1024;

const HEADER_NAMES = [
  'contentType',
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
  'expires',
] as const satisfies readonly (keyof ObjectHeaders)[];

type DescriptionInput = { [K in keyof ObjectHeaders]?: string | undefined } & {
  acl?: ObjectAcl | undefined;
  storageClass?: StorageClass | undefined;
  meta: Record<string, string>;
};

/** What the request's headers say about an object. */
export function describeObject(input: DescriptionInput): ObjectDescription & {
  headers: ObjectHeaders;
  meta: Record<string, string>;
} {
  const headers: ObjectHeaders = {};
  for (const name of HEADER_NAMES) {
    const value = input[name];
    if (value !== undefined && value !== '') headers[name] = value;
  }
  let metaBytes = 0;
  for (const [name, value] of Object.entries(input.meta))
    metaBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  if (metaBytes > MAX_META_BYTES) {
    throw new OssError('InvalidArgument', {
      message: `The user metadata must not exceed ${MAX_META_BYTES} bytes in total.`,
      elements: { ArgumentName: 'x-oss-meta-*', ArgumentValue: String(metaBytes) },
    });
  }
  return { acl: input.acl, storageClass: input.storageClass, headers, meta: input.meta };
}

/** What an answer says about an object. */
export function objectFacts(object: ObjectRow) {
  const normal = object.type === 'Normal' && /^[0-9A-F]{32}$/.test(object.etag);
  return {
    ...object.headers,
    contentType: object.headers.contentType ?? DEFAULT_CONTENT_TYPE,
    etag: object.etag,
    lastModified: object.lastModifiedMs,
    acceptRanges: 'bytes',
    // The ETag of an object stored in one piece is the MD5 of its bytes; of others nothing says what their MD5 is.
    contentMd5: normal ? md5Header(object.etag) : undefined,
    objectType: object.type,
    crc64: object.crc64,
    storageClass: object.storageClass,
    nextAppendPosition: object.type === 'Appendable' ? object.size : undefined,
    meta: object.meta,
  };
}

/** Base64 of the digest that an ETag spells in hex. */
export const md5Header = (etag: string): string => Buffer.from(etag, 'hex').toString('base64');

interface ConditionInput {
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
  ifModifiedSince?: number | undefined;
  ifUnmodifiedSince?: number | undefined;
}

/** Dates that could not be read are NaN here, and left out: the vendor ignores them. */
export function readConditions(input: ConditionInput): Conditions {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = input;
  return {
    ...(ifMatch !== undefined && { ifMatch }),
    ...(ifNoneMatch !== undefined && { ifNoneMatch }),
    ...(ifModifiedSince !== undefined && !Number.isNaN(ifModifiedSince) && { ifModifiedSinceMs: ifModifiedSince }),
    ...(ifUnmodifiedSince !== undefined &&
      !Number.isNaN(ifUnmodifiedSince) && { ifUnmodifiedSinceMs: ifUnmodifiedSince }),
  };
}

/** Until a bucket is versioned, every object is its version `null` and there is no other. */
export function requireNullVersion(versionId: string | undefined, key: string): void {
  if (versionId === undefined || versionId === 'null') return;
  throw new OssError('NoSuchVersion', { elements: { Key: key, VersionId: versionId } });
}
