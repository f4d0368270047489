import { served, spellNames } from '@millrace/protocol/oss';
import { handle } from './call.ts';

export const listParts = handle(served.ListParts, async (input, call) => {
  const { upload, parts, truncated } = await call.uploads.parts(
    { bucket: call.bucket, key: input.key, uploadId: input.uploadId },
    { after: input.partNumberMarker, limit: input.maxParts },
  );
  const spell = spellNames(input.encodingType);
  const said = (what: string): string | undefined => upload.meta[`client-side-encryption-${what}`];
  return {
    result: {
      EncodingType: input.encodingType,
      Bucket: call.bucket.name,
      Key: spell(upload.key),
      UploadId: upload.id,
      StorageClass: upload.storageClass,
      PartNumberMarker: input.partNumberMarker,
      // Present even when there is nothing more: oss2 reads it always.
      NextPartNumberMarker: parts.at(-1)?.number ?? 0,
      MaxParts: input.maxParts,
      IsTruncated: truncated,
      ClientEncryptionKey: said('key'),
      ClientEncryptionStart: said('start'),
      ClientEncryptionCekAlg: said('cek-alg'),
      ClientEncryptionWrapAlg: said('wrap-alg'),
      ClientEncryptionDataSize: said('data-size'),
      ClientEncryptionPartSize: said('part-size'),
      Part: parts.map((part) => ({
        PartNumber: part.number,
        LastModified: part.lastModifiedMs,
        ETag: `"${part.etag}"`,
        HashCrc64ecma: part.crc64,
        Size: part.size,
      })),
    },
  };
});
