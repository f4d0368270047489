import { served } from '@millrace/protocol/oss';
import { openObject } from '../domain/objects/open-object.ts';
import { handle } from './call.ts';
import { openCopySource } from './copy-source.ts';
import { readConditions, versionHeader } from './object-headers.ts';
import { contentRange } from './range.ts';

export const uploadPartCopy = handle(served.UploadPartCopy, async (input, call) => {
  const source = await openCopySource(input.source, call);
  // A symbolic link has no bytes of its own to make a part of.
  const { object, content } = await openObject(call, call.principal, source);
  const range = input.range && { offset: input.range.first, length: input.range.last - input.range.first + 1 };
  const copied = await call.uploads.copyPart({
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
  const { part } = copied;
  return {
    etag: part.etag,
    // An empty range has no last byte to name.
    contentRange: copied.range.length > 0 ? contentRange(copied.range, copied.sourceSize) : undefined,
    crc64: part.crc64,
    sourceVersionId: versionHeader(source.bucket, object.versionId),
    result: { LastModified: part.lastModifiedMs, ETag: `"${part.etag}"` },
  };
});
