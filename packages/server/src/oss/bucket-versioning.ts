import { served } from '@millrace/protocol/oss';
import { handle } from './call.ts';

export const putBucketVersioning = handle(served.PutBucketVersioning, async ({ body }, call) => {
  await call.buckets.setVersioning(call.bucket, body.Status);
  return {};
});

export const getBucketVersioning = handle(served.GetBucketVersioning, async (_input, { bucket }) => ({
  result: { Status: bucket.versioning === 'Unversioned' ? undefined : bucket.versioning },
}));
