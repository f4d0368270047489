import { type InputOf, type Served, served } from '@millrace/protocol/oss';
import type { ObjectReference } from '../domain/objects/object-service.ts';
import { overwriteForbidden } from './bucket-overwrite-config.ts';
import { type BucketCall, handle } from './call.ts';
import { openCopySource } from './copy-source.ts';
import { encryptionFacts } from './encryption-headers.ts';
import { authorizeTags, describeObject, readConditions, refuseConditions, versionHeader } from './object-headers.ts';
import { authorizeKeeping } from './worm-headers.ts';

export const copyObject = handle(served.CopyObject, async (input, call) => {
  refuseConditions(call);
  const source = await openCopySource(input.source, call);
  const tags = await newTags(input, source, call);
  const keeping = await authorizeKeeping(input, call);
  const { acl, storageClass, headers, meta, encryption } = describeObject(input);
  const { copy, sourceVersionId } = await call.objects.copy({
    source: { ...source, conditions: readConditions(input) },
    bucket: call.bucket,
    key: input.key,
    acl,
    storageClass,
    replace: input.metadataDirective === 'REPLACE' ? { headers, meta } : undefined,
    tags,
    encryption,
    keeping,
    forbidOverwrite: input.forbidOverwrite || (await overwriteForbidden(input.key, call)),
    signal: call.signal,
  });
  return {
    etag: copy.etag,
    crc64: copy.crc64,
    versionId: versionHeader(call.bucket, copy.versionId),
    ...encryptionFacts(copy.traits),
    sourceVersionId: versionHeader(source.bucket, sourceVersionId),
    result: { ETag: `"${copy.etag}"`, LastModified: copy.lastModifiedMs },
  };
});

/** The tags of the copy; undefined takes over those of the source, which is for those who may read them there. */
async function newTags(
  input: InputOf<Served['CopyObject']>,
  source: ObjectReference,
  call: BucketCall,
): Promise<Record<string, string> | undefined> {
  if (input.taggingDirective === 'Replace') return (await authorizeTags(input, call)) ?? {};
  const { bucket, key, versionId } = source;
  const { traits } = await call.objects.get(bucket, key, versionId);
  if (traits.tags === undefined) return undefined;
  const action = versionId === undefined ? 'oss:GetObjectTagging' : 'oss:GetObjectVersionTagging';
  await call.access.require(call.principal, action, { bucket, key, versionId });
  return undefined;
}
