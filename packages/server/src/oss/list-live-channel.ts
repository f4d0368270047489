import { served } from '@millrace/protocol/oss';
import { handle } from './call.ts';

/** Nothing streams into a bucket here, so that none has a channel; clients that clean up a bucket look nevertheless. */
export const listLiveChannel = handle(served.ListLiveChannel, async ({ prefix, marker, maxKeys }) => ({
  result: { Prefix: prefix, Marker: marker, MaxKeys: maxKeys, IsTruncated: false, NextMarker: '' },
}));
