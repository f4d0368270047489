/** The same as `ali-oss-transfers.ts`, with the SDK. */
import { join } from 'node:path';
import { Downloader, Oss, Uploader } from 'millrace';
import { timed } from '../measure.ts';
import { smallFiles } from '../small-files.ts';

const [
  endpoint = '',
  region = '',
  accessKeyId = '',
  accessKeySecret = '',
  bucket = '',
  file = '',
  target = '',
  count,
  atOnce,
] = process.argv.slice(2);
const oss = new Oss({ endpoint, region, accessKeyId, accessKeySecret });
const uploader = new Uploader(oss);
const downloader = new Downloader(oss);
const [up, down] =
  count === undefined
    ? [
        await timed(() => uploader.uploadFile({ bucket, key: 'sdk' }, file)),
        await timed(() => downloader.downloadFile({ bucket, key: 'sdk' }, target)),
      ]
    : await smallFiles(Number(count), Number(atOnce), {
        up: (name) => uploader.uploadFile({ bucket, key: `sdk/${name}` }, join(file, name)),
        down: (name) => downloader.downloadFile({ bucket, key: `sdk/${name}` }, join(target, name)),
      });
process.stdout.write(JSON.stringify({ up, down }));
