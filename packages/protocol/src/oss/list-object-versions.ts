import { bool, int, list, mixed, optional as optionalElement, struct, text, time, xmlDocument } from '../xml/index.ts';
import { integer, listedName } from './codecs.ts';
import { optional, query, withDefault, xmlBody } from './fields.ts';
import { encodingType, encodingTypeElement, owner } from './object-fields.ts';
import { operation } from './operation.ts';

export const listObjectVersions = operation({
  name: 'ListObjectVersions',
  method: 'GET',
  level: 'bucket',
  select: ['versions'],
  input: {
    prefix: withDefault(query('prefix', listedName), ''),
    delimiter: withDefault(query('delimiter', listedName), ''),
    keyMarker: withDefault(query('key-marker', listedName), ''),
    versionIdMarker: withDefault(query('version-id-marker', listedName), ''),
    maxKeys: withDefault(query('max-keys', integer(1, 1000)), 100),
    encodingType: optional(query('encoding-type', encodingType)),
  },
  output: {
    result: xmlBody(
      xmlDocument(
        'ListVersionsResult',
        struct({
          Name: text,
          Prefix: text,
          KeyMarker: text,
          VersionIdMarker: text,
          MaxKeys: int,
          Delimiter: text,
          EncodingType: encodingTypeElement,
          IsTruncated: bool,
          NextKeyMarker: optionalElement(text),
          NextVersionIdMarker: optionalElement(text),
          /** By key, each key's newest first: versions and delete markers in one order. No element has attributes. */
          Entries: mixed({
            Version: struct({
              Key: text,
              VersionId: text,
              IsLatest: bool,
              LastModified: time,
              /** In quotes. */
              ETag: text,
              Type: text,
              Size: int,
              StorageClass: text,
              Owner: owner,
              RestoreInfo: optionalElement(text),
            }),
            DeleteMarker: struct({ Key: text, VersionId: text, IsLatest: bool, LastModified: time, Owner: owner }),
          }),
          CommonPrefixes: list(struct({ Prefix: text })),
        }),
      ),
    ),
  },
});
