import { setImmediate } from 'node:timers/promises';
import type { BucketRow, ObjectSummary, StorageClass } from '../ports/object-records.ts';
import type { Reads } from '../ports/record-store.ts';
import { MAX_PART_NUMBER } from './upload-commands.ts';

/** What a bucket holds, counted over several reads: writes in the meantime may or may not be in it. */
export interface BucketStatistics {
  /** Of all objects, those that are versions of the same key each for itself: all of them take up space. */
  bytes: number;
  objects: number;
  deleteMarkers: number;
  byClass: Record<StorageClass, ClassStatistics>;
  /** Multipart uploads under way, and the parts that they have so far. */
  uploads: number;
  parts: number;
  partBytes: number;
}

export interface ClassStatistics {
  objects: number;
  bytes: number;
  /** As the vendor would bill them: objects of any class but Standard count for at least 64 KiB each. */
  billedBytes: number;
}

const BILLED_AT_LEAST = 64 * 1024;
const PAGE = 1000;

/** Walks the bucket a page at a time, and lets others have their turn in between. */
export async function measureBucket(reads: Reads, bucket: BucketRow): Promise<BucketStatistics> {
  const none = (): ClassStatistics => ({ objects: 0, bytes: 0, billedBytes: 0 });
  const statistics: BucketStatistics = {
    bytes: 0,
    objects: 0,
    deleteMarkers: 0,
    byClass: { Standard: none(), IA: none(), Archive: none(), ColdArchive: none(), DeepColdArchive: none() },
    uploads: 0,
    parts: 0,
    partBytes: 0,
  };
  if (bucket.versioning === 'Unversioned') await countObjects(reads, bucket.id, statistics);
  else await countVersions(reads, bucket.id, statistics);
  await countUploads(reads, bucket.id, statistics);
  return statistics;
}

async function countObjects(reads: Reads, bucketId: number, statistics: BucketStatistics): Promise<void> {
  let after = '';
  for (;;) {
    const page = await reads.objects.page({ bucketId, prefix: '', delimiter: '', after, limit: PAGE });
    for (const entry of page.entries) {
      if (!('object' in entry)) continue;
      countObject(entry.object, statistics);
      after = entry.object.key;
    }
    if (!page.truncated) return;
    await setImmediate();
  }
}

async function countVersions(reads: Reads, bucketId: number, statistics: BucketStatistics): Promise<void> {
  let afterKey = '';
  let afterVersion = '';
  for (;;) {
    const query = { bucketId, prefix: '', delimiter: '', afterKey, afterVersion, limit: PAGE };
    const page = await reads.versions.page(query);
    for (const entry of page.entries) {
      if (!('version' in entry)) continue;
      const { version } = entry;
      if (version.type === 'DeleteMarker') statistics.deleteMarkers++;
      else countObject(version, statistics);
      afterKey = version.key;
      afterVersion = version.versionId;
    }
    if (!page.truncated) return;
    await setImmediate();
  }
}

function countObject({ size, storageClass }: ObjectSummary, statistics: BucketStatistics): void {
  const ofClass = statistics.byClass[storageClass];
  ofClass.objects++;
  ofClass.bytes += size;
  ofClass.billedBytes += storageClass === 'Standard' ? size : Math.max(size, BILLED_AT_LEAST);
  statistics.objects++;
  statistics.bytes += size;
}

async function countUploads(reads: Reads, bucketId: number, statistics: BucketStatistics): Promise<void> {
  let afterKey = '';
  let afterId = '';
  for (;;) {
    const query = { bucketId, prefix: '', delimiter: '', afterKey, afterId, limit: PAGE };
    const page = await reads.uploads.page(query);
    for (const entry of page.entries) {
      if (!('upload' in entry)) continue;
      const { id, key } = entry.upload;
      const parts = await reads.uploads.parts(id, 0, MAX_PART_NUMBER);
      statistics.uploads++;
      statistics.parts += parts.length;
      for (const { size } of parts) statistics.partBytes += size;
      afterKey = key;
      afterId = id;
      await setImmediate();
    }
    if (!page.truncated) return;
  }
}
