import { bool, int, list, optional as optionalElement, struct, text, time, xmlDocument } from '../xml/index.ts';
import { bucketTagging as tagging } from './bucket-tags.ts';
import { integer, text as textCodec } from './codecs.ts';
import { header, optional, query, withDefault, xmlBody } from './fields.ts';
import { owner } from './object-fields.ts';
import { operation } from './operation.ts';

export const listBuckets = operation({
  name: 'ListBuckets',
  method: 'GET',
  level: 'service',
  input: {
    prefix: withDefault(query('prefix', textCodec), ''),
    marker: withDefault(query('marker', textCodec), ''),
    maxKeys: withDefault(query('max-keys', integer(1, 1000)), 100),
    tagKey: optional(query('tag-key', textCodec)),
    tagValue: optional(query('tag-value', textCodec)),
    /** `"k1":"v1","k2":"v2"`: all of them. */
    tagging: optional(query('tagging', textCodec)),
    resourceGroup: optional(header('x-oss-resource-group-id', textCodec)),
  },
  output: {
    result: xmlBody(
      xmlDocument(
        'ListAllMyBucketsResult',
        struct({
          Prefix: text,
          Marker: text,
          MaxKeys: int,
          IsTruncated: bool,
          NextMarker: optionalElement(text),
          Owner: owner,
          Buckets: struct({
            Bucket: list(
              struct({
                Name: text,
                Location: text,
                CreationDate: time,
                StorageClass: text,
                ExtranetEndpoint: text,
                IntranetEndpoint: text,
                Region: text,
                ResourceGroupId: text,
                /** Of buckets that have some. */
                Tagging: optionalElement(tagging),
              }),
            ),
          }),
        }),
      ),
    ),
  },
});
