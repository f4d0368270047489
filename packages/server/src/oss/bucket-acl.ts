import { served } from '@millrace/protocol/oss';
import { maker } from './bucket.ts';
import { handle, handleWithoutBucket } from './call.ts';
import { ownerOf } from './owner.ts';

/** Vendor rule: a bucket that is not there is made. */
export const putBucketAcl = handleWithoutBucket(served.PutBucketAcl, async ({ bucket: name, acl }, call) => {
  if (call.bucket) await call.buckets.setAcl(call.bucket, acl);
  else {
    const ownerId = maker(call.principal);
    await call.access.require(call.principal, 'oss:PutBucket', { name });
    await call.buckets.create({ name, ownerId, acl });
  }
  return { location: `/${name}` };
});

export const getBucketAcl = handle(served.GetBucketAcl, async (_input, { bucket }) => ({
  result: { Owner: ownerOf(bucket.ownerId), AccessControlList: { Grant: bucket.acl } },
}));
