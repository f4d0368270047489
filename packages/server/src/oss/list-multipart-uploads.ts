import { served, spellNames } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { readMarker, spellMarker } from './marker.ts';

/** Sorts after every upload id: a key marker without an id marker means "after all uploads of this key". */
const AFTER_ALL_IDS = '\u{10ffff}';

export const listMultipartUploads = handle(served.ListMultipartUploads, async (input, call) => {
  const { prefix, delimiter, keyMarker, uploadIdMarker, maxUploads, encodingType } = input;
  const { entries, truncated } = await call.uploads.list(call.bucket, {
    prefix,
    delimiter,
    afterKey: readMarker(keyMarker),
    // Vendor rule: the id marker only counts together with a key marker.
    afterId: keyMarker === '' ? '' : uploadIdMarker || AFTER_ALL_IDS,
    limit: maxUploads,
  });
  const spell = spellNames(encodingType);
  const uploads = [];
  const prefixes = [];
  for (const entry of entries) {
    if ('prefix' in entry) prefixes.push({ Prefix: spell(entry.prefix) });
    else {
      const { upload } = entry;
      uploads.push({
        Key: spell(upload.key),
        UploadId: upload.id,
        StorageClass: upload.storageClass,
        Initiated: upload.initiatedMs,
      });
    }
  }
  // Vendor rule: the markers name the last entry also on the last page.
  const last = entries.at(-1);
  const next =
    last === undefined
      ? { key: '', id: '' }
      : 'prefix' in last
        ? { key: last.prefix, id: '' }
        : { key: last.upload.key, id: last.upload.id };
  return {
    result: {
      EncodingType: encodingType,
      Bucket: call.bucket.name,
      KeyMarker: spell(keyMarker),
      UploadIdMarker: uploadIdMarker,
      NextKeyMarker: spellMarker(next.key, encodingType),
      NextUploadIdMarker: next.id,
      Delimiter: spell(delimiter),
      Prefix: spell(prefix),
      MaxUploads: maxUploads,
      IsTruncated: truncated,
      Upload: uploads,
      CommonPrefixes: prefixes,
    },
  };
});
