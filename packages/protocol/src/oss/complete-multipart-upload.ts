import { int, list, struct, text as textElement, xmlDocument } from '../xml/index.ts';
import { callback, callbackAnswer } from './callback.ts';
import { quoted, text, wordsAnyCase } from './codecs.ts';
import { header, optional, optionalXmlBody, query } from './fields.ts';
import {
  encodingType,
  encodingTypeElement,
  encryption,
  forbidOverwrite,
  objectAcl,
  versionHeader,
} from './object-fields.ts';
import { operation } from './operation.ts';
import { uploadId } from './upload-part.ts';

export const completeMultipartUpload = operation({
  name: 'CompleteMultipartUpload',
  method: 'POST',
  level: 'object',
  select: ['uploadId'],
  action: 'oss:PutObject',
  input: {
    uploadId,
    encodingType: optional(query('encoding-type', encodingType)),
    /** Instead of a body: every uploaded part, by number. */
    completeAll: optional(header('x-oss-complete-all', wordsAnyCase('yes'))),
    acl: optional(header('x-oss-object-acl', objectAcl)),
    forbidOverwrite,
    ...callback,
    body: optionalXmlBody(
      xmlDocument('CompleteMultipartUpload', struct({ Part: list(struct({ PartNumber: int, ETag: textElement })) })),
    ),
  },
  output: {
    etag: header('ETag', quoted),
    crc64: header('x-oss-hash-crc64ecma', text),
    /** Where the parts came in order. */
    contentMd5: optional(header('Content-MD5', text)),
    versionId: versionHeader,
    ...encryption,
    ...callbackAnswer,
    result: optionalXmlBody(
      xmlDocument(
        'CompleteMultipartUploadResult',
        struct({
          EncodingType: encodingTypeElement,
          Location: textElement,
          Bucket: textElement,
          Key: textElement,
          ETag: textElement,
        }),
      ),
    ),
  },
  errors: ['NoSuchUpload', 'InvalidPart', 'InvalidPartOrder', 'EntityTooSmall', 'FileAlreadyExists', 'MalformedXML'],
});
