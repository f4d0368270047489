import { served } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { encryptionFacts, refuseEncryption } from './encryption-headers.ts';
import { md5Header } from './object-headers.ts';
import { classifyMissingUpload } from './wire-errors.ts';

export const uploadPart = handle(served.UploadPart, async (input, call) => {
  refuseEncryption(input);
  const put = call.uploads.putPart({
    bucket: call.bucket,
    key: input.key,
    uploadId: input.uploadId,
    number: input.partNumber,
    body: { ...input.body, md5: input.contentMd5 },
    signal: call.signal,
  });
  const { part, upload } = await classifyMissingUpload(put, '0042-00000104');
  return { etag: part.etag, contentMd5: md5Header(part.etag), crc64: part.crc64, ...encryptionFacts(upload) };
});
