import { optional as optionalElement, struct, text as textElement, word } from '../xml/index.ts';
import {
  conditionDate,
  count,
  flag,
  httpDate,
  integer,
  isoDate,
  quoted,
  tagList,
  text,
  versionIdText,
  words,
} from './codecs.ts';
import { header, optional, query, userMeta } from './fields.ts';

export const acl = words('private', 'public-read', 'public-read-write');
export const objectAcl = words('default', 'private', 'public-read', 'public-read-write');
export const storageClass = words('Standard', 'IA', 'Archive', 'ColdArchive', 'DeepColdArchive');

/** How an object is encrypted on the server, as its writer asks and as answers tell. */
export const encryption = {
  serverSideEncryption: optional(header('x-oss-server-side-encryption', text)),
  serverSideEncryptionKeyId: optional(header('x-oss-server-side-encryption-key-id', text)),
  serverSideDataEncryption: optional(header('x-oss-server-side-data-encryption', text)),
};

/** What a writer says about an object besides its bytes. */
export const description = {
  ...encryption,
  contentType: optional(header('content-type', text)),
  cacheControl: optional(header('cache-control', text)),
  contentDisposition: optional(header('content-disposition', text)),
  contentEncoding: optional(header('content-encoding', text)),
  contentLanguage: optional(header('content-language', text)),
  expires: optional(header('expires', text)),
  acl: optional(header('x-oss-object-acl', objectAcl)),
  storageClass: optional(header('x-oss-storage-class', storageClass)),
  meta: userMeta,
};

/** How the version that is written is kept from being removed, as its writer asks and as answers tell. */
export const keeping = {
  wormMode: optional(header('x-oss-object-worm-mode', words('GOVERNANCE', 'COMPLIANCE'))),
  wormUntil: optional(header('x-oss-object-worm-retain-until-date', isoDate)),
  legalHold: optional(header('x-oss-object-worm-legal-hold', words('ON', 'OFF'))),
};

/** Looks past a retention in the mode `GOVERNANCE`; takes a right of its own. */
export const bypassGovernance = optional(header('x-oss-bypass-governance-retention', flag));

export const forbidOverwrite = optional(header('x-oss-forbid-overwrite', flag));
/** Bits per second that a transfer may take: "819200 to 838860800". */
export const trafficLimit = optional(header('x-oss-traffic-limit', integer(819_200, 838_860_800)));
export const contentMd5 = optional(header('content-md5', text));

/** The tags that an object is stored with; takes a right of its own. */
export const tagging = optional(header('x-oss-tagging', tagList));

/** Which version of the object is meant; the current one otherwise. */
export const versionId = optional(query('versionId', versionIdText));

/** The version that was written, read or changed, in buckets that have versions. */
export const versionHeader = optional(header('x-oss-version-id', text));

/** What a reader asks of an object before it is sent. */
export const conditions = {
  ifMatch: optional(header('if-match', text)),
  ifNoneMatch: optional(header('if-none-match', text)),
  ifModifiedSince: optional(header('if-modified-since', conditionDate)),
  ifUnmodifiedSince: optional(header('if-unmodified-since', conditionDate)),
};

/** The same of the source of a copy. */
export const copyConditions = {
  ifMatch: optional(header('x-oss-copy-source-if-match', text)),
  ifNoneMatch: optional(header('x-oss-copy-source-if-none-match', text)),
  ifModifiedSince: optional(header('x-oss-copy-source-if-modified-since', conditionDate)),
  ifUnmodifiedSince: optional(header('x-oss-copy-source-if-unmodified-since', conditionDate)),
};

/** What an answer says about an object. */
export const facts = {
  contentType: optional(header('Content-Type', text)),
  cacheControl: optional(header('Cache-Control', text)),
  contentDisposition: optional(header('Content-Disposition', text)),
  contentEncoding: optional(header('Content-Encoding', text)),
  contentLanguage: optional(header('Content-Language', text)),
  expires: optional(header('Expires', text)),
  etag: header('ETag', quoted),
  lastModified: header('Last-Modified', httpDate),
  acceptRanges: optional(header('Accept-Ranges', text)),
  contentMd5: optional(header('Content-MD5', text)),
  objectType: optional(header('x-oss-object-type', text)),
  crc64: optional(header('x-oss-hash-crc64ecma', text)),
  storageClass: optional(header('x-oss-storage-class', text)),
  ...encryption,
  nextAppendPosition: optional(header('x-oss-next-append-position', count)),
  versionId: versionHeader,
  taggingCount: optional(header('x-oss-tagging-count', count)),
  restore: optional(header('x-oss-restore', text)),
  /** When a lifecycle rule will remove it, and which. */
  expiration: optional(header('x-oss-expiration', text)),
  sealedTime: optional(header('x-oss-sealed-time', httpDate)),
  ...keeping,
  meta: userMeta,
};

export const owner = struct({ ID: textElement, DisplayName: textElement });

/** The answer to a question about an ACL. */
export const accessControlPolicy = struct({
  Owner: owner,
  AccessControlList: struct({ Grant: word('default', 'private', 'public-read', 'public-read-write') }),
});

/** Present only when names in the answer are percent-encoded. */
export const encodingTypeElement = optionalElement(textElement);

/** `encoding-type=url`: the vendor knows no other. */
export const encodingType = words('url');
