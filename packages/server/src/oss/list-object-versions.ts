import { served, spellNames } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { readMarker, spellMarker } from './marker.ts';
import { restoreHeader } from './object-headers.ts';
import { invalidArgument } from './oss-error.ts';
import { ownerOf } from './owner.ts';

export const listObjectVersions = handle(served.ListObjectVersions, async (input, call) => {
  const { prefix, delimiter, keyMarker, versionIdMarker, maxKeys, encodingType } = input;
  if (versionIdMarker !== '' && keyMarker === '') {
    const message = 'A version-id marker cannot be specified without a key marker.';
    throw invalidArgument('version-id-marker', versionIdMarker, message);
  }
  const { bucket } = call;
  const page = await call.objects.listVersions(bucket, {
    prefix,
    delimiter,
    afterKey: readMarker(keyMarker),
    afterVersion: versionIdMarker,
    limit: maxKeys,
  });
  const spell = spellNames(encodingType);
  const owner = ownerOf(bucket.ownerId);
  const versions = [];
  const prefixes = [];
  for (const entry of page.entries) {
    if ('prefix' in entry) {
      prefixes.push({ Prefix: spell(entry.prefix) });
      continue;
    }
    const { version } = entry;
    const common = {
      Key: spell(version.key),
      VersionId: version.versionId,
      IsLatest: version.latest,
      LastModified: version.lastModifiedMs,
      Owner: owner,
    };
    if (version.type === 'DeleteMarker') versions.push({ DeleteMarker: common });
    else {
      const { etag, type, size, storageClass } = version;
      const RestoreInfo = restoreHeader(version, call.exchange.receivedMs);
      const facts = { ETag: `"${etag}"`, Type: type, Size: size, StorageClass: storageClass, RestoreInfo };
      versions.push({ Version: { ...common, ...facts } });
    }
  }
  const last = page.truncated ? page.entries.at(-1) : undefined;
  const next = last && ('prefix' in last ? { key: last.prefix, versionId: '' } : last.version);
  return {
    result: {
      Name: bucket.name,
      Prefix: spell(prefix),
      KeyMarker: spell(keyMarker),
      VersionIdMarker: versionIdMarker,
      MaxKeys: maxKeys,
      Delimiter: spell(delimiter),
      EncodingType: encodingType,
      IsTruncated: page.truncated,
      NextKeyMarker: next && spellMarker(next.key, encodingType),
      NextVersionIdMarker: next?.versionId,
      Entries: versions,
      CommonPrefixes: prefixes,
    },
  };
});
