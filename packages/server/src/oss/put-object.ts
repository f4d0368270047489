import { served } from '@millrace/protocol/oss';
import { overwriteForbidden } from './bucket-overwrite-config.ts';
import { handle } from './call.ts';
import { authorizeTags, describeObject, md5Header, versionHeader } from './object-headers.ts';
import { OssError } from './oss-error.ts';

const READ_CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'];

export const putObject = handle(served.PutObject, async (input, call) => {
  // "If a PUT request contains a conditional header … NotImplemented is returned."
  for (const name of READ_CONDITIONS) {
    if (call.exchange.request.headers[name] !== undefined) {
      throw new OssError('NotImplemented', { elements: { Header: name } });
    }
  }
  const tags = await authorizeTags(input, call);
  const object = await call.objects.put({
    bucket: call.bucket,
    key: input.key,
    body: { ...input.body, md5: input.contentMd5 },
    forbidOverwrite: input.forbidOverwrite || (await overwriteForbidden(input.key, call)),
    signal: call.signal,
    ...describeObject(input),
    tags,
  });
  return {
    etag: object.etag,
    contentMd5: md5Header(object.etag),
    crc64: object.crc64,
    versionId: versionHeader(call.bucket, object.versionId),
  };
});
