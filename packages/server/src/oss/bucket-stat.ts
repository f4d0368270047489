import { served } from '@millrace/protocol/oss';
import { handle } from './call.ts';

export const getBucketStat = handle(served.GetBucketStat, async (_input, call) => {
  const askedMs = call.exchange.receivedMs;
  const statistics = await call.buckets.measure(call.bucket);
  const { bytes, objects, deleteMarkers, byClass, uploads, parts, partBytes } = statistics;
  const { Standard: standard, IA: infrequent, Archive: archive, ColdArchive: cold, DeepColdArchive: deep } = byClass;
  return {
    result: {
      Storage: bytes,
      ObjectCount: objects,
      MultipartUploadCount: uploads,
      LiveChannelCount: 0,
      MultipartPartCount: parts,
      MultipartPartStorage: partBytes,
      DeleteMarkerCount: deleteMarkers,
      LastModifiedTime: Math.floor(askedMs / 1000),
      StandardStorage: standard.bytes,
      StandardObjectCount: standard.objects,
      InfrequentAccessStorage: infrequent.billedBytes,
      InfrequentAccessRealStorage: infrequent.bytes,
      InfrequentAccessObjectCount: infrequent.objects,
      ArchiveStorage: archive.billedBytes,
      ArchiveRealStorage: archive.bytes,
      ArchiveObjectCount: archive.objects,
      ColdArchiveStorage: cold.billedBytes,
      ColdArchiveRealStorage: cold.bytes,
      ColdArchiveObjectCount: cold.objects,
      DeepColdArchiveStorage: deep.billedBytes,
      DeepColdArchiveRealStorage: deep.bytes,
      DeepColdArchiveObjectCount: deep.objects,
    },
  };
});
