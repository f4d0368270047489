import { browserPlatform } from './core/fetch-transport.ts';
import type { ClientOptions } from './core/options.ts';
import { MnsBase, type MnsOptions } from './mns/mns.ts';
import { OssBase, type OssOptions } from './oss/oss.ts';
import { ImmBase, type ImmOptions, RamBase, StsBase } from './rpc/services.ts';

export * from './exports.ts';
export { blobSource } from './transfer/blob-source.ts';
export { type RecordStorage, StorageCheckpoints } from './transfer/storage-checkpoints.ts';
export { UploaderBase as Uploader } from './transfer/uploader.ts';

/** A client for OSS: every operation as a method. */
export class Oss extends OssBase {
  constructor(options: OssOptions) {
    super(options, browserPlatform);
  }
}

/** A client for queues and topics. */
export class Mns extends MnsBase {
  constructor(options: MnsOptions) {
    super(options, browserPlatform);
  }
}

/** A client for temporary keys. */
export class Sts extends StsBase {
  constructor(options: ClientOptions) {
    super(options, browserPlatform);
  }
}

/** A client for media tasks. */
export class Imm extends ImmBase {
  constructor(options: ImmOptions) {
    super(options, browserPlatform);
  }
}

/** A client for users, roles and policies. */
export class Ram extends RamBase {
  constructor(options: ClientOptions) {
    super(options, browserPlatform);
  }
}
