import type { ClientOptions } from '../core/options.ts';
import { MnsBase, type MnsOptions } from '../mns/mns.ts';
import { OssBase, type OssOptions } from '../oss/oss.ts';
import { Imm2017Base, ImmBase, RamBase, StsBase } from '../rpc/services.ts';
import { nodePlatform } from './platform.ts';

export * from '../exports.ts';
export { environmentCredentials } from './environment.ts';
export { FileCheckpoints } from './file-checkpoints.ts';
export { crc64OfFile, fileBody, fileSource } from './file-source.ts';
export { httpTransport, type TransportOptions } from './http-transport.ts';
export {
  aliyunCredentials,
  defaultCredentials,
  ossutilCredentials,
  type Profile,
  readAliyunConfig,
  readOssutilConfig,
} from './profiles.ts';
export {
  Downloader,
  type DownloadRequest,
  type DownloadResult,
  type FileTransferOptions,
  Uploader,
} from './transfers.ts';

/** A client for OSS: every operation as a method. */
export class Oss extends OssBase {
  constructor(options: OssOptions) {
    super(options, nodePlatform);
  }
}

/** A client for queues and topics. */
export class Mns extends MnsBase {
  constructor(options: MnsOptions) {
    super(options, nodePlatform);
  }
}

/** A client for temporary keys. */
export class Sts extends StsBase {
  constructor(options: ClientOptions) {
    super(options, nodePlatform);
  }
}

/** A client for media tasks. */
export class Imm extends ImmBase {
  constructor(options: ClientOptions) {
    super(options, nodePlatform);
  }
}

/** A client for media tasks by the API of 2017. */
export class Imm2017 extends Imm2017Base {
  constructor(options: ClientOptions) {
    super(options, nodePlatform);
  }
}

/** A client for users, roles and policies. */
export class Ram extends RamBase {
  constructor(options: ClientOptions) {
    super(options, nodePlatform);
  }
}
