/**
 * Moves one file, or with a count many small ones, with `ali-oss` as its users do, and prints the milliseconds up and down.
 * Arguments: endpoint, region, key id, secret, bucket, file or folder, target, and the count with how many at once.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { timed } from '../measure.ts';
import { smallFiles } from '../small-files.ts';

interface AliOss {
  put(name: string, file: string): Promise<unknown>;
  get(name: string, file: string): Promise<unknown>;
  multipartUpload(name: string, file: string, options: { parallel: number; partSize: number }): Promise<unknown>;
}

const require = createRequire(new URL('../../tests/wire/node/package.json', import.meta.url));
const Client: new (options: object) => AliOss = require('ali-oss');

const [endpoint, region, accessKeyId, accessKeySecret, bucket, file = '', target = '', count, atOnce] =
  process.argv.slice(2);
const options = { endpoint, region: `oss-${region}`, accessKeyId, accessKeySecret, bucket, authorizationV4: true };
// Parts are 1 MiB otherwise, with which it is slower still; an hour instead of a minute, for slow machines.
const client = new Client({ ...options, cname: false, sldEnable: true, timeout: 3_600_000 });
const [up, down] =
  count === undefined
    ? [
        await timed(() => client.multipartUpload('ali-oss', file, { parallel: 4, partSize: 8 * 1024 ** 2 })),
        await timed(() => client.get('ali-oss', target)),
      ]
    : await smallFiles(Number(count), Number(atOnce), {
        up: (name) => client.put(`ali-oss/${name}`, join(file, name)),
        down: (name) => client.get(`ali-oss/${name}`, join(target, name)),
      });
process.stdout.write(JSON.stringify({ up, down }));
