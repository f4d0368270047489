import { served } from '@millrace/protocol/oss';
import { documentHandlers } from './bucket-document.ts';

const acceleration = documentHandlers(
  { put: served.PutBucketTransferAcceleration, get: served.GetBucketTransferAcceleration },
  {
    setting: 'transferAcceleration',
    unset: 'NoSuchTransferAccelerationConfiguration',
    read: ({ Enabled: enabled }) => ({ enabled }),
    write: ({ enabled }) => ({ Enabled: enabled }),
  },
);

export const putBucketTransferAcceleration = acceleration.put;
export const getBucketTransferAcceleration = acceleration.get;
