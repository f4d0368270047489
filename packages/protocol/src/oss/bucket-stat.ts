import { int, struct, xmlDocument } from '../xml/index.ts';
import { xmlBody } from './fields.ts';
import { operation } from './operation.ts';

/** How much a bucket holds. The vendor's figures may be an hour old; these are counted when asked for. */
export const getBucketStat = operation({
  name: 'GetBucketStat',
  method: 'GET',
  level: 'bucket',
  select: ['stat'],
  input: {},
  output: {
    result: xmlBody(
      xmlDocument(
        'BucketStat',
        struct({
          /** Bytes, as all that are called `Storage`. */
          Storage: int,
          ObjectCount: int,
          MultipartUploadCount: int,
          LiveChannelCount: int,
          MultipartPartCount: int,
          MultipartPartStorage: int,
          DeleteMarkerCount: int,
          /** Seconds since the epoch, at which the figures were true. */
          LastModifiedTime: int,
          StandardStorage: int,
          StandardObjectCount: int,
          /** Billed: at least 64 KiB for each object. The same of the classes below. */
          InfrequentAccessStorage: int,
          InfrequentAccessRealStorage: int,
          InfrequentAccessObjectCount: int,
          ArchiveStorage: int,
          ArchiveRealStorage: int,
          ArchiveObjectCount: int,
          ColdArchiveStorage: int,
          ColdArchiveRealStorage: int,
          ColdArchiveObjectCount: int,
          DeepColdArchiveStorage: int,
          DeepColdArchiveRealStorage: int,
          DeepColdArchiveObjectCount: int,
        }),
      ),
    ),
  },
});
