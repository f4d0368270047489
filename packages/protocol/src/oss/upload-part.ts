import { integer, quoted, text } from './codecs.ts';
import { header, query, stream } from './fields.ts';
import { contentMd5, encryption, trafficLimit } from './object-fields.ts';
import { operation } from './operation.ts';

export const partNumber = query('partNumber', integer(1, 10_000));
export const uploadId = query('uploadId', text);

export const uploadPart = operation({
  name: 'UploadPart',
  method: 'PUT',
  level: 'object',
  select: ['partNumber', 'uploadId'],
  action: 'oss:PutObject',
  /** How parts are encrypted was said when the upload was initiated: to say it here is an error. */
  input: { partNumber, uploadId, trafficLimit, contentMd5, ...encryption, body: stream },
  output: {
    etag: header('ETag', quoted),
    contentMd5: header('Content-MD5', text),
    /** Of this part. */
    crc64: header('x-oss-hash-crc64ecma', text),
    ...encryption,
  },
  errors: ['InvalidArgument', 'NoSuchUpload', 'PartNotSequential', 'InvalidDigest', 'IncompleteBody', 'EntityTooLarge'],
});
