/** Uploads or downloads one file and says how many bytes it moved. Ended by its tests at any moment. */
import { Downloader, Oss, Uploader } from 'millrace';

const [verb, endpoint, accessKeyId, accessKeySecret, bucket = '', key = '', file = '', checkpointDir = ''] =
  process.argv.slice(2);
const oss = new Oss({
  endpoint: endpoint ?? '',
  region: 'cn-hangzhou',
  accessKeyId: accessKeyId ?? '',
  accessKeySecret: accessKeySecret ?? '',
  retry: 10,
  idleTimeout: 2000,
});
let moved = 0;
const options = {
  checkpointDir,
  partSize: 256 * 1024,
  concurrency: 3,
  bandwidth: 24 * 1024 * 1024,
  onProgress: (progress: { moved: number }) => {
    moved = progress.moved;
  },
};
const done =
  verb === 'upload'
    ? await new Uploader(oss, options).uploadFile({ bucket, key }, file)
    : await new Downloader(oss, options).downloadFile({ bucket, key }, file);
process.stdout.write(JSON.stringify({ moved, crc64: done.crc64 }));
