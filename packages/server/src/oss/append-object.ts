import { served } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { encryptionFacts } from './encryption-headers.ts';
import { authorizeTags, describeObject, refuseConditions, versionHeader } from './object-headers.ts';

export const appendObject = handle(served.AppendObject, async (input, call) => {
  refuseConditions(call);
  // Vendor rule: what is not the first is not looked at for tags, not even for such as would be refused.
  const tags = input.position === 0 ? await authorizeTags(input, call) : undefined;
  const object = await call.objects.append({
    bucket: call.bucket,
    key: input.key,
    position: input.position,
    body: { ...input.body, md5: input.contentMd5 },
    signal: call.signal,
    ...describeObject(input),
    tags,
  });
  return {
    etag: object.etag,
    nextAppendPosition: object.size,
    crc64: object.crc64,
    versionId: versionHeader(call.bucket, object.versionId),
    ...encryptionFacts(object.traits),
  };
});
