import { bool, int, list, optional as optionalElement, struct, text, time, xmlDocument } from '../xml/index.ts';
import { flag, integer, listedName, text as textCodec } from './codecs.ts';
import { optional, query, withDefault, xmlBody } from './fields.ts';
import { encodingType, encodingTypeElement, owner } from './object-fields.ts';
import { operation } from './operation.ts';

/** An object as listings describe it. */
const contents = struct({
  Key: text,
  LastModified: time,
  /** In quotes. */
  ETag: text,
  Type: text,
  Size: int,
  StorageClass: text,
  Owner: optionalElement(owner),
  /** As the header `x-oss-restore` has it. */
  RestoreInfo: optionalElement(text),
});

const commonPrefixes = struct({ Prefix: text });

export const listObjects = operation({
  name: 'ListObjects',
  method: 'GET',
  level: 'bucket',
  input: {
    prefix: withDefault(query('prefix', listedName), ''),
    delimiter: withDefault(query('delimiter', listedName), ''),
    marker: withDefault(query('marker', listedName), ''),
    maxKeys: withDefault(query('max-keys', integer(1, 1000)), 100),
    encodingType: optional(query('encoding-type', encodingType)),
  },
  output: {
    result: xmlBody(
      xmlDocument(
        'ListBucketResult',
        struct({
          Name: text,
          Prefix: text,
          Marker: text,
          MaxKeys: int,
          Delimiter: text,
          EncodingType: encodingTypeElement,
          IsTruncated: bool,
          NextMarker: optionalElement(text),
          Contents: list(contents),
          CommonPrefixes: list(commonPrefixes),
        }),
      ),
    ),
  },
});

export const listObjectsV2 = operation({
  name: 'ListObjectsV2',
  method: 'GET',
  level: 'bucket',
  select: ['list-type=2'],
  action: 'oss:ListObjects',
  input: {
    prefix: withDefault(query('prefix', listedName), ''),
    delimiter: withDefault(query('delimiter', listedName), ''),
    startAfter: withDefault(query('start-after', listedName), ''),
    continuationToken: optional(query('continuation-token', textCodec)),
    maxKeys: withDefault(query('max-keys', integer(1, 1000)), 100),
    encodingType: optional(query('encoding-type', encodingType)),
    fetchOwner: withDefault(query('fetch-owner', flag), false),
  },
  output: {
    result: xmlBody(
      xmlDocument(
        'ListBucketResult',
        struct({
          Name: text,
          Prefix: text,
          StartAfter: optionalElement(text),
          MaxKeys: int,
          Delimiter: text,
          EncodingType: encodingTypeElement,
          IsTruncated: bool,
          ContinuationToken: optionalElement(text),
          NextContinuationToken: optionalElement(text),
          KeyCount: int,
          Contents: list(contents),
          CommonPrefixes: list(commonPrefixes),
        }),
      ),
    ),
  },
});
