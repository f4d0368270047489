import { served } from '@millrace/protocol/oss';
import { overwriteForbidden } from './bucket-overwrite-config.ts';
import { handle } from './call.ts';
import { openCopySource } from './copy-source.ts';
import { describeObject, readConditions } from './object-headers.ts';

export const copyObject = handle(served.CopyObject, async (input, call) => {
  const source = await openCopySource(input.source, call);
  const { acl, storageClass, headers, meta } = describeObject(input);
  const object = await call.objects.copy({
    source: { ...source, conditions: readConditions(input) },
    bucket: call.bucket,
    key: input.key,
    acl,
    storageClass,
    replace: input.metadataDirective === 'REPLACE' ? { headers, meta } : undefined,
    forbidOverwrite: input.forbidOverwrite || (await overwriteForbidden(input.key, call)),
  });
  return {
    etag: object.etag,
    crc64: object.crc64,
    result: { ETag: `"${object.etag}"`, LastModified: object.lastModifiedMs },
  };
});
