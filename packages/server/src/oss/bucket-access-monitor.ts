import { served } from '@millrace/protocol/oss';
import { countsReads } from '../domain/objects/lifecycle.ts';
import { documentHandlers } from './bucket-document.ts';
import { OssError } from './oss-error.ts';

const monitor = documentHandlers(
  { put: served.PutBucketAccessMonitor, get: served.GetBucketAccessMonitor },
  {
    setting: 'accessMonitor',
    unset: { Status: 'Disabled' },
    async read({ Status }, { settings, bucket, exchange }) {
      const { lifecycle, accessMonitor } = await settings.of(bucket);
      if (Status === 'Enabled') {
        return accessMonitor?.enabled ? accessMonitor : { enabled: true, sinceMs: exchange.receivedMs };
      }
      if (lifecycle?.rules.some(countsReads)) {
        const message = 'The bucket has lifecycle rules with IsAccessTime, which need it. Take those away first.';
        throw new OssError('InvalidRequest', { message });
      }
      return { enabled: false };
    },
    write: ({ enabled }) => ({ Status: enabled ? ('Enabled' as const) : ('Disabled' as const) }),
  },
);

export const putBucketAccessMonitor = monitor.put;
export const getBucketAccessMonitor = monitor.get;
