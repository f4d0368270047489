import { served } from '@millrace/protocol/oss';
import { checkConditions } from '../domain/objects/conditions.ts';
import { handle } from './call.ts';
import { processedFacts, readProcessed } from './get-object.ts';
import { objectFacts, readConditions, requireNullVersion } from './object-headers.ts';

export const headObject = handle(served.HeadObject, async (input, call) => {
  requireNullVersion(input.versionId, input.key);
  if (input.process) {
    const processed = await readProcessed(input.process, input, call);
    return { ...processedFacts(processed), size: processed.size };
  }
  const object = await call.objects.get(call.bucket, input.key);
  checkConditions(readConditions(input), object);
  return { ...objectFacts(object), size: object.size };
});

export const getObjectMeta = handle(served.GetObjectMeta, async (input, call) => {
  requireNullVersion(input.versionId, input.key);
  const object = await call.objects.get(call.bucket, input.key);
  return { etag: object.etag, lastModified: object.lastModifiedMs, crc64: object.crc64, size: object.size };
});
