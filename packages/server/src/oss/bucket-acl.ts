import { served } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { ownerOf } from './owner.ts';

export const putBucketAcl = handle(served.PutBucketAcl, async (input, call) => {
  await call.buckets.setAcl(call.bucket, input.acl);
  return {};
});

export const getBucketAcl = handle(served.GetBucketAcl, async (_input, { bucket }) => ({
  result: { Owner: ownerOf(bucket.ownerId), AccessControlList: { Grant: bucket.acl } },
}));
