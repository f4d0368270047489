import { encodeHeaders, served } from '@millrace/protocol/oss';
import { overwriteForbidden } from './bucket-overwrite-config.ts';
import { handle } from './call.ts';
import { encryptionFacts } from './encryption-headers.ts';
import { expirationHeader } from './expiration-header.ts';
import { authorizeTags, describeObject, md5Header, refuseConditions, versionHeader } from './object-headers.ts';
import { deliverCallback, readCallback } from './upload-callback.ts';
import { authorizeKeeping } from './worm-headers.ts';

export const putObject = handle(served.PutObject, async (input, call) => {
  refuseConditions(call);
  const callback = readCallback(input, call);
  const tags = await authorizeTags(input, call);
  const keeping = await authorizeKeeping(input, call);
  const object = await call.objects.put({
    bucket: call.bucket,
    key: input.key,
    body: { ...input.body, md5: input.contentMd5 },
    forbidOverwrite: input.forbidOverwrite || (await overwriteForbidden(input.key, call)),
    signal: call.signal,
    ...describeObject(input),
    tags,
    keeping,
  });
  const facts = {
    etag: object.etag,
    contentMd5: md5Header(object.etag),
    crc64: object.crc64,
    versionId: versionHeader(call.bucket, object.versionId),
    ...encryptionFacts(object.traits),
    expiration: await expirationHeader(object, call),
  };
  if (!callback) return facts;
  return {
    ...facts,
    ...(await deliverCallback(callback, object, call, encodeHeaders(served.PutObject.output, facts))),
  };
});
