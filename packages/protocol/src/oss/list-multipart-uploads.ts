import { bool, int, list, struct, text, time, xmlDocument } from '../xml/index.ts';
import { integer, listedName } from './codecs.ts';
import { optional, query, withDefault, xmlBody } from './fields.ts';
import { encodingType, encodingTypeElement } from './object-fields.ts';
import { operation } from './operation.ts';

export const listMultipartUploads = operation({
  name: 'ListMultipartUploads',
  method: 'GET',
  level: 'bucket',
  select: ['uploads'],
  input: {
    prefix: withDefault(query('prefix', listedName), ''),
    delimiter: withDefault(query('delimiter', listedName), ''),
    keyMarker: withDefault(query('key-marker', listedName), ''),
    uploadIdMarker: withDefault(query('upload-id-marker', listedName), ''),
    maxUploads: withDefault(query('max-uploads', integer(1, 1000)), 1000),
    encodingType: optional(query('encoding-type', encodingType)),
  },
  output: {
    result: xmlBody(
      xmlDocument(
        'ListMultipartUploadsResult',
        struct({
          EncodingType: encodingTypeElement,
          Bucket: text,
          KeyMarker: text,
          UploadIdMarker: text,
          NextKeyMarker: text,
          NextUploadIdMarker: text,
          Delimiter: text,
          Prefix: text,
          MaxUploads: int,
          IsTruncated: bool,
          Upload: list(struct({ Key: text, UploadId: text, StorageClass: text, Initiated: time })),
          CommonPrefixes: list(struct({ Prefix: text })),
        }),
      ),
    ),
  },
});
