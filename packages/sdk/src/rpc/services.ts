import * as sts from '@millrace/protocol/sts';
import type { ClientOptions } from '../core/options.ts';
import type { Platform } from '../core/transport.ts';
import { RpcClient, withActions } from './rpc.ts';

/** A client for temporary keys, whatever it runs on. */
export class StsBase extends withActions(sts) {
  constructor(options: ClientOptions, platform: Platform) {
    super(
      { version: '2015-04-01', host: (region) => (region === '' ? 'sts.aliyuncs.com' : `sts.${region}.aliyuncs.com`) },
      options,
      platform,
    );
  }
}

/** A client for users, roles and policies, whatever it runs on: `call('CreateUser', { UserName })`. */
export class RamBase extends RpcClient {
  constructor(options: ClientOptions, platform: Platform) {
    super({ version: '2015-05-01', host: () => 'ram.aliyuncs.com' }, options, platform);
  }
}

export interface ImmOptions extends ClientOptions {
  /** `2020-09-30` by default; the older one for what only that has. */
  version?: '2020-09-30' | '2017-09-06';
}

/** A client for media tasks, whatever it runs on: `call('CreateOfficeConversionTask', { ProjectName, SourceURI, … })`. */
export class ImmBase extends RpcClient {
  constructor(options: ImmOptions, platform: Platform) {
    super(
      { version: options.version ?? '2020-09-30', host: (region) => `imm.${region}.aliyuncs.com` },
      options,
      platform,
    );
  }
}
