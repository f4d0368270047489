import { served } from '@millrace/protocol/oss';
import { documentHandlers } from './bucket-document.ts';

const directRead = documentHandlers(
  { put: served.PutBucketArchiveDirectRead, get: served.GetBucketArchiveDirectRead },
  {
    setting: 'archiveDirectRead',
    unset: { Enabled: false },
    read: ({ Enabled: enabled }) => ({ enabled }),
    write: ({ enabled }) => ({ Enabled: enabled }),
  },
);

export const putBucketArchiveDirectRead = directRead.put;
export const getBucketArchiveDirectRead = directRead.get;
