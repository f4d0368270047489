/** Uploads a file with the SDK and says how much memory that took. Arguments: endpoint, key id, secret, bucket, key, file. */
import { Oss, Uploader } from 'millrace';

const [endpoint = '', accessKeyId = '', accessKeySecret = '', bucket = '', key = '', file = ''] = process.argv.slice(2);
const oss = new Oss({ endpoint, region: 'cn-hangzhou', accessKeyId, accessKeySecret });
await new Uploader(oss).uploadFile({ bucket, key }, file);
process.stdout.write(String(process.resourceUsage().maxRSS * 1024));
