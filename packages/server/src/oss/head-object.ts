import { served } from '@millrace/protocol/oss';
import { lastAccessMs } from '../domain/objects/access-times.ts';
import { checkConditions } from '../domain/objects/conditions.ts';
import { openObject } from '../domain/objects/open-object.ts';
import { handle } from './call.ts';
import { expirationHeader } from './expiration-header.ts';
import { processedFacts, readProcessed } from './get-object.ts';
import { objectFacts, readConditions, versionHeader } from './object-headers.ts';

export const headObject = handle(served.HeadObject, async (input, call) => {
  if (input.process) {
    const processed = await readProcessed(input.process, input, call);
    return { ...processedFacts(processed), size: processed.size };
  }
  const { bucket, principal } = call;
  const { key, versionId } = input;
  const opened = await openObject(call, principal, { bucket, key, versionId });
  const { content, lastModifiedMs } = opened;
  checkConditions(readConditions(input), { etag: content.etag, lastModifiedMs });
  const expiration = versionId === undefined ? await expirationHeader(opened.object, call) : undefined;
  return { ...objectFacts(opened, call), expiration, size: content.size };
});

/** Of a symbolic link, what it says of itself. */
export const getObjectMeta = handle(served.GetObjectMeta, async ({ key, versionId }, call) => {
  const object = await call.objects.get(call.bucket, key, versionId);
  const { accessMonitor } = await call.settings.of(call.bucket);
  return {
    etag: object.etag,
    lastModified: object.lastModifiedMs,
    crc64: object.crc64,
    versionId: versionHeader(call.bucket, object.versionId),
    lastAccess: accessMonitor?.enabled ? lastAccessMs(object, accessMonitor.sinceMs) : undefined,
    size: object.size,
  };
});
