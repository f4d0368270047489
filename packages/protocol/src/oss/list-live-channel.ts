import { bool, int, struct, text, xmlDocument } from '../xml/index.ts';
import { integer, text as textCodec } from './codecs.ts';
import { query, withDefault, xmlBody } from './fields.ts';
import { operation } from './operation.ts';

export const listLiveChannel = operation({
  name: 'ListLiveChannel',
  method: 'GET',
  level: 'bucket',
  select: ['live'],
  input: {
    prefix: withDefault(query('prefix', textCodec), ''),
    marker: withDefault(query('marker', textCodec), ''),
    maxKeys: withDefault(query('max-keys', integer(1, 1000)), 100),
  },
  output: {
    result: xmlBody(
      xmlDocument(
        'ListLiveChannelResult',
        struct({ Prefix: text, Marker: text, MaxKeys: int, IsTruncated: bool, NextMarker: text }),
      ),
    ),
  },
});
