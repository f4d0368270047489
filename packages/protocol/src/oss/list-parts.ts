import { bool, int, list, optional as optionalElement, struct, text, time, xmlDocument } from '../xml/index.ts';
import { count, integer } from './codecs.ts';
import { optional, query, withDefault, xmlBody } from './fields.ts';
import { encodingType, encodingTypeElement } from './object-fields.ts';
import { operation } from './operation.ts';
import { uploadId } from './upload-part.ts';

export const listParts = operation({
  name: 'ListParts',
  method: 'GET',
  level: 'object',
  select: ['uploadId'],
  input: {
    uploadId,
    maxParts: withDefault(query('max-parts', integer(1, 1000)), 1000),
    partNumberMarker: withDefault(query('part-number-marker', count), 0),
    encodingType: optional(query('encoding-type', encodingType)),
  },
  output: {
    result: xmlBody(
      xmlDocument(
        'ListPartsResult',
        struct({
          EncodingType: encodingTypeElement,
          Bucket: text,
          Key: text,
          UploadId: text,
          StorageClass: text,
          PartNumberMarker: int,
          NextPartNumberMarker: int,
          MaxParts: int,
          IsTruncated: bool,
          /** Of an upload that its client encrypts, what the client has said of that. */
          ClientEncryptionKey: optionalElement(text),
          ClientEncryptionStart: optionalElement(text),
          ClientEncryptionCekAlg: optionalElement(text),
          ClientEncryptionWrapAlg: optionalElement(text),
          ClientEncryptionDataSize: optionalElement(text),
          ClientEncryptionPartSize: optionalElement(text),
          Part: list(struct({ PartNumber: int, LastModified: time, ETag: text, HashCrc64ecma: text, Size: int })),
        }),
      ),
    ),
  },
  errors: ['NoSuchUpload'],
});
