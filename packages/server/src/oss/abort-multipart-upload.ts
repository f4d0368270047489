import { served } from '@millrace/protocol/oss';
import { handle } from './call.ts';

export const abortMultipartUpload = handle(served.AbortMultipartUpload, async (input, call) => {
  await call.uploads.abort({ bucket: call.bucket, key: input.key, uploadId: input.uploadId });
  return {};
});
