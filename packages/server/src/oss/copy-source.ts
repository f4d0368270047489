import type { CopySource } from '@millrace/protocol/oss';
import type { BucketRow } from '../domain/ports/object-records.ts';
import type { BucketCall } from './call.ts';
import { requireNullVersion } from './object-headers.ts';

/** Finds the bucket that a copy reads from, and checks that the principal may read the object there. */
export async function openCopySource(
  source: CopySource,
  call: BucketCall,
): Promise<{ bucket: BucketRow; key: string }> {
  const bucket = await call.buckets.get(source.bucket);
  await call.access.require(call.principal, 'oss:GetObject', { bucket, key: source.key });
  requireNullVersion(source.versionId, source.key);
  return { bucket, key: source.key };
}
