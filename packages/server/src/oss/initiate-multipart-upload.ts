import { served, spellNames } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { encryptionFacts } from './encryption-headers.ts';
import { authorizeTags, describeObject } from './object-headers.ts';
import { authorizeKeeping } from './worm-headers.ts';

export const initiateMultipartUpload = handle(served.InitiateMultipartUpload, async (input, call) => {
  const tags = await authorizeTags(input, call);
  const keeping = await authorizeKeeping(input, call);
  const upload = await call.uploads.initiate({
    bucket: call.bucket,
    key: input.key,
    sequential: input.sequential !== undefined,
    forbidOverwrite: input.forbidOverwrite,
    ...describeObject(input),
    tags,
    keeping,
  });
  const spell = spellNames(input.encodingType);
  return {
    ...encryptionFacts(upload),
    result: {
      EncodingType: input.encodingType,
      Bucket: call.bucket.name,
      Key: spell(upload.key),
      UploadId: upload.id,
    },
  };
});
