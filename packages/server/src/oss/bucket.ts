import { served } from '@millrace/protocol/oss';
import type { Principal } from '../domain/access/principal.ts';
import { DomainError } from '../domain/errors.ts';
import type { Acl, BucketRow } from '../domain/ports/object-records.ts';
import type { Tag } from '../domain/settings/bucket-settings.ts';
import { encryptionRule } from './bucket-encryption.ts';
import { DEFAULT_RESOURCE_GROUP, readResourceGroup } from './bucket-resource-group.ts';
import { checkBucketTags } from './bucket-tags.ts';
import { type Call, handle, handleWithoutBucket } from './call.ts';
import { readEncryption } from './encryption-headers.ts';
import { ownerOf } from './owner.ts';

/** The account that a bucket is going to be of. */
export function maker(principal: Principal): string {
  if (principal.kind !== 'anonymous') return principal.accountId;
  throw new DomainError('AccessDenied', { reason: 'Anonymous access is forbidden for this operation.' });
}

export const putBucket = handleWithoutBucket(served.PutBucket, async (input, call) => {
  const ownerId = maker(call.principal);
  const encryption = readEncryption(input);
  const existing = input.acl === undefined ? undefined : await call.buckets.find(input.bucket);
  if (existing?.ownerId === ownerId) await authorizeAcl(existing, input.acl, call);
  const bucket = await call.buckets.create({
    name: input.bucket,
    ownerId,
    acl: input.acl,
    storageClass: input.configuration?.StorageClass,
    dataRedundancy: input.configuration?.DataRedundancyType,
    settings: {
      ...(input.resourceGroup && { resourceGroup: readResourceGroup(input.resourceGroup) }),
      ...(encryption && { encryption }),
      ...(input.tagging && { tags: checkBucketTags(readTagPairs(input.tagging)) }),
    },
  });
  return { location: `/${bucket.name}` };
});

/** Making a bucket that is there already changes its ACL, which takes what changing it by itself takes. */
async function authorizeAcl(bucket: BucketRow, acl: Acl | undefined, { access, principal }: Call): Promise<void> {
  await access.require(principal, served.PutBucketAcl.action, { bucket });
  if (acl?.startsWith('public')) await access.requireNotBlocked(principal, bucket);
}

export const deleteBucket = handle(served.DeleteBucket, async (_input, call) => {
  await call.buckets.remove(call.bucket);
  return {};
});

export const headBucket = handle(served.HeadBucket, async (_input, call) => ({ region: `oss-${call.region}` }));

export const getBucketInfo = handle(served.GetBucketInfo, async (_input, call) => {
  const { bucket, region, publicUrl } = call;
  const { accessMonitor, transferAcceleration, logging, resourceGroup, publicAccessBlock, encryption } =
    await call.settings.of(bucket);
  const enabled = (setting: { enabled: boolean } | undefined): string => (setting?.enabled ? 'Enabled' : 'Disabled');
  return {
    result: {
      Bucket: {
        AccessMonitor: enabled(accessMonitor),
        CreationDate: bucket.createdMs,
        CrossRegionReplication: 'Disabled',
        DataRedundancyType: bucket.dataRedundancy,
        ExtranetEndpoint: publicUrl,
        IntranetEndpoint: publicUrl,
        Location: `oss-${region}`,
        Name: bucket.name,
        StorageClass: bucket.storageClass,
        TransferAcceleration: enabled(transferAcceleration),
        Owner: ownerOf(bucket.ownerId),
        AccessControlList: { Grant: bucket.acl },
        ServerSideEncryptionRule: encryption ? encryptionRule(encryption) : { SSEAlgorithm: 'None' },
        BucketPolicy: { LogBucket: logging?.bucket ?? '', LogPrefix: logging?.prefix ?? '' },
        ResourceGroupId: resourceGroup?.id ?? DEFAULT_RESOURCE_GROUP,
        Comment: '',
        BlockPublicAccess: publicAccessBlock?.block ?? false,
        Versioning: bucket.versioning === 'Unversioned' ? undefined : bucket.versioning,
      },
    },
  };
});

/** `k1=v1&k2=v2`, percent-encoded. */
function readTagPairs(text: string): Tag[] {
  return [...new URLSearchParams(text)].map(([key, value]) => ({ key, value }));
}

export const getBucketLocation = handle(served.GetBucketLocation, async (_input, call) => ({
  result: `oss-${call.region}`,
}));
