import { list, struct, text, xmlDocument } from '../xml/index.ts';
import { text as textCodec } from './codecs.ts';
import { query, xmlBody } from './fields.ts';
import { operation } from './operation.ts';

export const describeRegions = operation({
  name: 'DescribeRegions',
  method: 'GET',
  level: 'service',
  select: ['regions'],
  /** Empty for all of them. */
  input: { regions: query('regions', textCodec) },
  output: {
    result: xmlBody(
      xmlDocument(
        'RegionInfoList',
        struct({
          RegionInfo: list(
            struct({ Region: text, InternetEndpoint: text, InternalEndpoint: text, AccelerateEndpoint: text }),
          ),
        }),
      ),
    ),
  },
  errors: ['NoSuchRegion'],
});
