import { served } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { OssError } from './oss-error.ts';

/** There is one: this server's. */
export const describeRegions = handle(served.DescribeRegions, async ({ regions }, { region, publicUrl }) => {
  const name = `oss-${region}`;
  if (regions !== '' && regions !== name) throw new OssError('NoSuchRegion', { elements: { Region: regions } });
  const endpoint = publicUrl.replace(/^[a-z]+:\/\//, '');
  return {
    result: {
      RegionInfo: [
        { Region: name, InternetEndpoint: endpoint, InternalEndpoint: endpoint, AccelerateEndpoint: endpoint },
      ],
    },
  };
});
