import { struct, text as textElement, time, xmlDocument } from '../xml/index.ts';
import { copyRange, copySource, quoted, text } from './codecs.ts';
import { header, optional, xmlBody } from './fields.ts';
import { copyConditions, trafficLimit } from './object-fields.ts';
import { operation } from './operation.ts';
import { partNumber, uploadId } from './upload-part.ts';

export const uploadPartCopy = operation({
  name: 'UploadPartCopy',
  method: 'PUT',
  level: 'object',
  select: ['partNumber', 'uploadId', '@x-oss-copy-source'],
  action: 'oss:PutObject',
  input: {
    partNumber,
    uploadId,
    source: header('x-oss-copy-source', copySource),
    range: optional(header('x-oss-copy-source-range', copyRange)),
    ...copyConditions,
    trafficLimit,
  },
  output: {
    // Some clients read the ETag here, others in the body.
    etag: header('ETag', quoted),
    contentRange: optional(header('Content-Range', text)),
    crc64: header('x-oss-hash-crc64ecma', text),
    sourceVersionId: optional(header('x-oss-copy-source-version-id', text)),
    result: xmlBody(xmlDocument('CopyPartResult', struct({ LastModified: time, ETag: textElement }))),
  },
  errors: [
    'NoSuchUpload',
    'NoSuchKey',
    'NoSuchVersion',
    'InvalidObjectState',
    'PartNotSequential',
    'PreconditionFailed',
    'NotModified',
    'InvalidRange',
    'EntityTooLarge',
  ],
});
