import { served } from '@millrace/protocol/oss';
import { DomainError } from '../domain/errors.ts';
import { handle } from './call.ts';
import { ownerOf } from './owner.ts';

export const listBuckets = handle(served.ListBuckets, async (input, call) => {
  const { principal, region, publicUrl } = call;
  if (principal.kind === 'anonymous') {
    throw new DomainError('AccessDenied', { reason: 'Anonymous access is forbidden for this operation.' });
  }
  const { buckets, truncated } = await call.buckets.list({
    ownerId: principal.accountId,
    prefix: input.prefix,
    after: input.marker,
    limit: input.maxKeys,
  });
  return {
    result: {
      Prefix: input.prefix,
      Marker: input.marker,
      MaxKeys: input.maxKeys,
      IsTruncated: truncated,
      NextMarker: truncated ? buckets.at(-1)?.name : undefined,
      Owner: ownerOf(principal.accountId),
      Buckets: {
        Bucket: buckets.map((bucket) => ({
          Name: bucket.name,
          Location: `oss-${region}`,
          CreationDate: bucket.createdMs,
          StorageClass: bucket.storageClass,
          ExtranetEndpoint: publicUrl,
          IntranetEndpoint: publicUrl,
          Region: region,
        })),
      },
    },
  };
});
