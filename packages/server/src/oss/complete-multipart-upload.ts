import { encodeHeaders, encodeKey, type InputOf, type Served, served, spellNames } from '@millrace/protocol/oss';
import { overwriteForbidden } from './bucket-overwrite-config.ts';
import { handle } from './call.ts';
import { encryptionFacts, refuseEncryption } from './encryption-headers.ts';
import { md5Header, refuseConditions, versionHeader } from './object-headers.ts';
import { invalidArgument, OssError } from './oss-error.ts';
import { deliverCallback, readCallback } from './upload-callback.ts';

export const completeMultipartUpload = handle(served.CompleteMultipartUpload, async (input, call) => {
  refuseConditions(call);
  refuseEncryption(input);
  const callback = readCallback(input, call);
  const object = await call.uploads.complete({
    bucket: call.bucket,
    key: input.key,
    uploadId: input.uploadId,
    parts: chosenParts(input),
    forbidOverwrite: input.forbidOverwrite || (await overwriteForbidden(input.key, call)),
    acl: input.acl,
  });
  const facts = {
    etag: object.etag,
    crc64: object.crc64,
    contentMd5: object.traits.md5 && md5Header(object.traits.md5),
    versionId: versionHeader(call.bucket, object.versionId),
    ...encryptionFacts(object.traits),
  };
  if (callback) {
    return {
      ...facts,
      ...(await deliverCallback(callback, object, call, encodeHeaders(served.CompleteMultipartUpload.output, facts))),
    };
  }
  const spell = spellNames(input.encodingType);
  return {
    ...facts,
    result: {
      EncodingType: input.encodingType,
      Location: `${call.publicUrl}/${call.bucket.name}/${encodeKey(object.key)}`,
      Bucket: call.bucket.name,
      Key: spell(object.key),
      ETag: `"${object.etag}"`,
    },
  };
});

function chosenParts(input: InputOf<Served['CompleteMultipartUpload']>): { number: number; etag: string }[] | 'all' {
  if (input.completeAll !== undefined) {
    if (!input.body) return 'all';
    // The message is the vendor's, spelling included.
    const message = 'Should not speficy both complete all header and http body.';
    throw invalidArgument('x-oss-complete-all', input.completeAll, message, '0042-00000216');
  }
  if (!input.body) throw new OssError('MalformedXML', { message: 'The body must name the parts of the object.' });
  return input.body.Part.map(({ PartNumber: number, ETag: etag }) => ({ number, etag }));
}
