import type { Tag } from '@millrace/protocol/oss';
import type { Conditions } from '../domain/objects/conditions.ts';
import type { ObjectDescription } from '../domain/objects/object-service.ts';
import type { OpenedObject } from '../domain/objects/open-object.ts';
import { type Archived, restorationState } from '../domain/objects/restoration.ts';
import { checkTags } from '../domain/objects/tags.ts';
import { NULL_VERSION } from '../domain/objects/versions.ts';
import type { BucketRow, ObjectAcl, ObjectHeaders, StorageClass } from '../domain/ports/object-records.ts';
import type { BucketCall } from './call.ts';
import { encryptionFacts, readEncryption } from './encryption-headers.ts';
import { OssError } from './oss-error.ts';
import { keepingFacts } from './worm-headers.ts';

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
} & Parameters<typeof readEncryption>[0];

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
  const { acl, storageClass, meta } = input;
  return { acl, storageClass, headers, meta, encryption: readEncryption(input) };
}

/** The tags that a write asks for, if the principal may set any. */
export async function authorizeTags(
  { key, tagging }: { key: string; tagging?: Tag[] | undefined },
  { access, principal, bucket }: BucketCall,
): Promise<Record<string, string> | undefined> {
  if (tagging === undefined) return undefined;
  await access.require(principal, 'oss:PutObjectTagging', { bucket, key });
  return checkTags(tagging);
}

/** A version as answers name it: not at all, as long as the bucket has never had any. */
export function versionHeader({ versioning }: BucketRow, versionId: string): string | undefined {
  return versioning === 'Unversioned' && versionId === NULL_VERSION ? undefined : versionId;
}

/** What an answer says about an object. A symbolic link speaks for itself, but for what goes with the bytes it gives. */
export function objectFacts({ object, content, lastModifiedMs }: OpenedObject, { bucket, exchange }: BucketCall) {
  const normal = content.type === 'Normal' && /^[0-9A-F]{32}$/.test(content.etag);
  const { tags, sealedMs } = object.traits;
  const md5 = normal ? content.etag : content.traits.md5;
  return {
    ...object.headers,
    contentType: object.headers.contentType ?? DEFAULT_CONTENT_TYPE,
    etag: content.etag,
    lastModified: lastModifiedMs,
    acceptRanges: 'bytes',
    // The ETag of an object stored in one piece is the MD5 of its bytes; of others it is known if their parts came in order.
    contentMd5: md5 && md5Header(md5),
    objectType: object.type,
    crc64: content.crc64,
    storageClass: object.storageClass,
    ...encryptionFacts(object.traits),
    nextAppendPosition: object.type === 'Appendable' ? object.size : undefined,
    versionId: versionHeader(bucket, object.versionId),
    taggingCount: tags && Object.keys(tags).length,
    restore: restoreHeader(object, exchange.receivedMs),
    sealedTime: sealedMs,
    ...keepingFacts(object.traits),
    meta: object.meta,
  };
}

/** How the restoration of an archived object stands; undefined when there is none. */
export function restoreHeader(object: Archived, nowMs: number): string | undefined {
  const restored = object.traits?.restored;
  if (restored === undefined) return undefined;
  switch (restorationState(object, nowMs)) {
    case 'none':
      return undefined;
    case 'ongoing':
      return 'ongoing-request="true"';
    case 'restored':
      return `ongoing-request="false", expiry-date="${new Date(restored.untilMs).toUTCString()}"`;
  }
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

const READ_CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'];

/**
 * "If a PUT request contains a conditional header … NotImplemented is returned": nothing is written or deleted in spite of one.
 * Not for copies: ali-oss sends what it asks of their source under both names.
 */
export function refuseConditions({ exchange }: Pick<BucketCall, 'exchange'>): void {
  for (const name of READ_CONDITIONS) {
    if (exchange.request.headers[name] !== undefined) {
      throw new OssError('NotImplemented', { elements: { Header: name } });
    }
  }
}
