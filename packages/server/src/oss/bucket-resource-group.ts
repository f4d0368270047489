import { served } from '@millrace/protocol/oss';
import { documentHandlers } from './bucket-document.ts';
import { OssError } from './oss-error.ts';

/** Where a bucket is that was never put elsewhere. */
export const DEFAULT_RESOURCE_GROUP = 'rg-default';

const group = documentHandlers(
  { put: served.PutBucketResourceGroup, get: served.GetBucketResourceGroup },
  {
    setting: 'resourceGroup',
    unset: { ResourceGroupId: DEFAULT_RESOURCE_GROUP },
    read: ({ ResourceGroupId: id }) => readResourceGroup(id),
    write: ({ id }) => ({ ResourceGroupId: id }),
  },
);

export const putBucketResourceGroup = group.put;
export const getBucketResourceGroup = group.get;

/** Groups are kept by another service of the vendor's; here any id of their form is one. Empty means the default. */
export function readResourceGroup(id: string): { id: string } {
  if (id === '') return { id: DEFAULT_RESOURCE_GROUP };
  if (!/^rg-[A-Za-z0-9]{1,64}$/.test(id)) {
    throw new OssError('ResourceGroupIdPreCheckError', { elements: { ResourceGroupId: id } });
  }
  return { id };
}
