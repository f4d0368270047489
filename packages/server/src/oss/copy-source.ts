import type { CopySource } from '@millrace/protocol/oss';
import type { ObjectReference } from '../domain/objects/object-service.ts';
import type { BucketCall } from './call.ts';

/** Finds the bucket that a copy reads from, and checks that the principal may read the object there. */
export async function openCopySource(source: CopySource, call: BucketCall): Promise<ObjectReference> {
  const { key, versionId } = source;
  const bucket = await call.buckets.get(source.bucket);
  const action = versionId === undefined ? 'oss:GetObject' : 'oss:GetObjectVersion';
  await call.access.require(call.principal, action, { bucket, key, versionId });
  return { bucket, key, versionId };
}
