import { served } from '@millrace/protocol/oss';
import { documentHandlers } from './bucket-document.ts';

const monitor = documentHandlers(
  { put: served.PutBucketAccessMonitor, get: served.GetBucketAccessMonitor },
  {
    setting: 'accessMonitor',
    unset: { Status: 'Disabled' },
    read: ({ Status }) => ({ enabled: Status === 'Enabled' }),
    write: ({ enabled }) => ({ Status: enabled ? ('Enabled' as const) : ('Disabled' as const) }),
  },
);

export const putBucketAccessMonitor = monitor.put;
export const getBucketAccessMonitor = monitor.get;
