import { type InputOf, type Served, served } from '@millrace/protocol/oss';
import { DomainError } from '../domain/errors.ts';
import type { SettingsOfBucket } from '../domain/settings/bucket-settings.ts';
import { DEFAULT_RESOURCE_GROUP } from './bucket-resource-group.ts';
import { writeBucketTags } from './bucket-tags.ts';
import { handle } from './call.ts';
import { invalidArgument } from './oss-error.ts';
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
    where: bucketFilter(input),
  });
  return {
    result: {
      Prefix: input.prefix,
      Marker: input.marker,
      MaxKeys: input.maxKeys,
      IsTruncated: truncated,
      NextMarker: truncated ? buckets.at(-1)?.bucket.name : undefined,
      Owner: ownerOf(principal.accountId),
      Buckets: {
        Bucket: buckets.map(({ bucket, settings }) => ({
          Name: bucket.name,
          Location: `oss-${region}`,
          CreationDate: bucket.createdMs,
          StorageClass: bucket.storageClass,
          ExtranetEndpoint: publicUrl,
          IntranetEndpoint: publicUrl,
          Region: region,
          ResourceGroupId: settings.resourceGroup?.id ?? DEFAULT_RESOURCE_GROUP,
          Tagging: settings.tags?.length ? writeBucketTags(settings.tags) : undefined,
        })),
      },
    },
  };
});

type Filter = Pick<InputOf<Served['ListBuckets']>, 'tagKey' | 'tagValue' | 'tagging' | 'resourceGroup'>;

/** Buckets with all the tags asked for, in the resource group asked for. */
function bucketFilter({ tagKey, tagValue, tagging, resourceGroup }: Filter): (settings: SettingsOfBucket) => boolean {
  if (tagValue !== undefined && tagKey === undefined) {
    throw invalidArgument('tag-value', tagValue, 'The parameter tag-value may be given together with tag-key only.');
  }
  if (tagKey !== undefined && tagging !== undefined) {
    throw invalidArgument('tagging', tagging, 'The parameter tagging must not be given together with tag-key.');
  }
  const wanted: { key: string; value: string | undefined }[] = tagging === undefined ? [] : readTagList(tagging);
  if (tagKey !== undefined) wanted.push({ key: tagKey, value: tagValue });
  return ({ tags = [], resourceGroup: group }) => {
    if (resourceGroup !== undefined && (group?.id ?? DEFAULT_RESOURCE_GROUP) !== resourceGroup) return false;
    return wanted.every(({ key, value }) =>
      tags.some((tag) => tag.key === key && (value === undefined || tag.value === value)),
    );
  };
}

/** `"k1":"v1","k2":"v2"`. */
function readTagList(tagging: string): { key: string; value: string }[] {
  try {
    const pairs: unknown = JSON.parse(`{${tagging}}`);
    const entries = Object.entries(pairs as Record<string, unknown>);
    return entries.map(([key, value]) => ({ key, value: String(value) }));
  } catch {
    throw invalidArgument('tagging', tagging, 'The parameter tagging must be "key":"value", separated by commas.');
  }
}
