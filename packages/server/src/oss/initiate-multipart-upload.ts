import { served, spellNames } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { describeObject } from './object-headers.ts';

export const initiateMultipartUpload = handle(served.InitiateMultipartUpload, async (input, call) => {
  const upload = await call.uploads.initiate({
    bucket: call.bucket,
    key: input.key,
    sequential: input.sequential !== undefined,
    ...describeObject(input),
  });
  const spell = spellNames(input.encodingType);
  return {
    result: {
      EncodingType: input.encodingType,
      Bucket: call.bucket.name,
      Key: spell(upload.key),
      UploadId: upload.id,
    },
  };
});
