import { served } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { openCopySource } from './copy-source.ts';
import { readConditions, versionHeader } from './object-headers.ts';
import { contentRange } from './range.ts';
import { classifyMissingUpload } from './wire-errors.ts';

export const uploadPartCopy = handle(served.UploadPartCopy, async (input, call) => {
  const source = await openCopySource(input.source, call);
  const { first = 0, last } = input.range ?? {};
  const range = input.range && { offset: first, length: last === undefined ? undefined : last - first + 1 };
  const copy = call.uploads.copyPart({
    bucket: call.bucket,
    key: input.key,
    uploadId: input.uploadId,
    number: input.partNumber,
    source: { ...source, conditions: readConditions(input), range },
    signal: call.signal,
  });
  const copied = await classifyMissingUpload(copy, '0042-00000311');
  const { part } = copied;
  return {
    etag: part.etag,
    // An empty range has no last byte to name.
    contentRange: copied.range.length > 0 ? contentRange(copied.range, copied.sourceSize) : undefined,
    crc64: part.crc64,
    sourceVersionId: versionHeader(source.bucket, copied.sourceVersionId),
    result: { LastModified: part.lastModifiedMs, ETag: `"${part.etag}"` },
  };
});
