import { served } from '@millrace/protocol/oss';
import { DomainError } from '../domain/errors.ts';
import { handle, handleWithoutBucket } from './call.ts';
import { ownerOf } from './owner.ts';

export const putBucket = handleWithoutBucket(served.PutBucket, async (input, call) => {
  const { principal } = call;
  if (principal.kind === 'anonymous') {
    throw new DomainError('AccessDenied', { reason: 'Anonymous access is forbidden for this operation.' });
  }
  const bucket = await call.buckets.create({
    name: input.bucket,
    ownerId: principal.accountId,
    acl: input.acl,
    storageClass: input.configuration?.StorageClass,
    dataRedundancy: input.configuration?.DataRedundancyType,
  });
  return { location: `/${bucket.name}` };
});

export const deleteBucket = handle(served.DeleteBucket, async (_input, call) => {
  await call.buckets.remove(call.bucket);
  return {};
});

export const headBucket = handle(served.HeadBucket, async (_input, call) => ({ region: `oss-${call.region}` }));

export const getBucketInfo = handle(served.GetBucketInfo, async (_input, { bucket, region, publicUrl }) => ({
  result: {
    Bucket: {
      AccessMonitor: 'Disabled',
      CreationDate: bucket.createdMs,
      CrossRegionReplication: 'Disabled',
      DataRedundancyType: bucket.dataRedundancy,
      ExtranetEndpoint: publicUrl,
      IntranetEndpoint: publicUrl,
      Location: `oss-${region}`,
      Name: bucket.name,
      StorageClass: bucket.storageClass,
      TransferAcceleration: 'Disabled',
      Owner: ownerOf(bucket.ownerId),
      AccessControlList: { Grant: bucket.acl },
      ServerSideEncryptionRule: { SSEAlgorithm: 'None' },
      Comment: '',
      Versioning: bucket.versioning === 'Unversioned' ? undefined : bucket.versioning,
    },
  },
}));

export const getBucketLocation = handle(served.GetBucketLocation, async (_input, call) => ({
  result: `oss-${call.region}`,
}));
