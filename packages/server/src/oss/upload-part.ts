import { served } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { encryptionFacts } from './encryption-headers.ts';
import { md5Header } from './object-headers.ts';
import { invalidArgument } from './oss-error.ts';
import { classifyMissingUpload } from './wire-errors.ts';

export const uploadPart = handle(served.UploadPart, async (input, call) => {
  const { serverSideEncryption, serverSideEncryptionKeyId, serverSideDataEncryption } = input;
  const encryption = serverSideEncryption ?? serverSideEncryptionKeyId ?? serverSideDataEncryption;
  if (encryption !== undefined) {
    const message = 'Parts are encrypted as InitiateMultipartUpload says. Leave this header out.';
    throw invalidArgument('x-oss-server-side-encryption', encryption, message);
  }
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
