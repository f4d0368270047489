import { served } from '@millrace/protocol/oss';
import { openObject } from '../domain/objects/open-object.ts';
import { handle } from './call.ts';
import { openCopySource } from './copy-source.ts';
import { readConditions, versionHeader } from './object-headers.ts';
import { contentRange } from './range.ts';
import { classifyMissingUpload } from './wire-errors.ts';

export const uploadPartCopy = handle(served.UploadPartCopy, async (input, call) => {
  const source = await openCopySource(input.source, call);
  // A symbolic link has no bytes of its own to make a part of.
  const { object, content } = await openObject(call, call.principal, source);
  const { first = 0, last } = input.range ?? {};
  const range = input.range && { offset: first, length: last === undefined ? undefined : last - first + 1 };
  const copy = call.uploads.copyPart({
    bucket: call.bucket,
    key: input.key,
    uploadId: input.uploadId,
    number: input.partNumber,
    source: {
      bucket: source.bucket,
      key: content.key,
      versionId: content.versionId,
      conditions: readConditions(input),
      range,
    },
    signal: call.signal,
  });
  const copied = await classifyMissingUpload(copy, '0042-00000311');
  const { part } = copied;
  return {
    etag: part.etag,
    // An empty source has no last byte to name.
    contentRange: copied.range.length > 0 ? contentRange(copied.range, copied.sourceSize) : undefined,
    crc64: part.crc64,
    sourceVersionId: versionHeader(source.bucket, object.versionId),
    result: { LastModified: part.lastModifiedMs, ETag: `"${part.etag}"` },
  };
});
