import type { Operation } from '@millrace/protocol/oss';

/**
 * What the official V2 SDKs send besides what they were asked to. Requests of this SDK equal theirs, so that whatever
 * takes theirs (proxies, policies on headers, the vendor) takes these.
 */
export interface OfficialDefaults {
  /** `guess`: by the key's extension. */
  contentType: 'application/xml' | 'application/octet-stream' | 'guess' | undefined;
  contentMd5: boolean;
  /** Names in the answer come percent-encoded, so that any key can stand in XML. */
  encodeNames: boolean;
}

const list = (names: string): ReadonlySet<string> => new Set(names.trim().split(/\s+/));

const listings = list('ListObjects ListObjectsV2 ListObjectVersions ListBuckets');
const guessed = list('PutObject AppendObject InitiateMultipartUpload');
const bare = list(`PutObject AppendObject UploadPart HeadObject GetObject GetObjectMeta PutObjectAcl GetObjectAcl
DescribeRegions PutBucketPolicy RestoreObject HeadBucket SelectJsonObject CreateSelectJsonObjectMeta PostObject
GetObjectRetention GetObjectLegalHold PutObjectRetention PutObjectLegalHold`);
const untyped = list(`PutBucketAcl GetBucketAcl GetBucketStat GetBucketLocation GetBucketInfo GetBucketVersioning
ListMultipartUploads DescribeRegions HeadBucket`);
const typedObjects = list(`CleanRestoredObject SealAppendObject SelectObject CreateSelectObjectMeta RestoreObject
SelectJsonObject CreateSelectJsonObjectMeta OptionObject`);

export function officialDefaults({ name, level, input }: Operation): OfficialDefaults {
  const xml = level === 'object' ? typedObjects.has(name) : !untyped.has(name);
  return {
    contentType: guessed.has(name)
      ? 'guess'
      : listings.has(name)
        ? 'application/octet-stream'
        : xml
          ? 'application/xml'
          : undefined,
    contentMd5: !bare.has(name),
    encodeNames: 'encodingType' in input,
  };
}
