import {
  type Imm2017Operations,
  type Imm2020Operations,
  imm2017Operations,
  imm2020Operations,
} from '@millrace/protocol/imm';
import { type RamOperations, ramOperations } from '@millrace/protocol/ram';
import * as sts from '@millrace/protocol/sts';
import type { ClientOptions } from '../core/options.ts';
import type { Platform } from '../core/transport.ts';
import { type ClientClass, withActions } from './rpc.ts';

const RamClient: ClientClass<RamOperations> = /* @__PURE__ */ withActions(ramOperations);
const ImmClient: ClientClass<Imm2020Operations> = /* @__PURE__ */ withActions(imm2020Operations);
const Imm2017Client: ClientClass<Imm2017Operations> = /* @__PURE__ */ withActions(imm2017Operations);

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

/** A client for users, roles and policies, whatever it runs on: `createUser({ UserName })`. */
export class RamBase extends RamClient {
  constructor(options: ClientOptions, platform: Platform) {
    super({ version: '2015-05-01', host: () => 'ram.aliyuncs.com' }, options, platform);
  }
}

const immHost = (region: string): string => `imm.${region}.aliyuncs.com`;

/**
 * A client for media tasks, whatever it runs on: `createOfficeConversionTask({ ProjectName, SourceURI, … })`. What no
 * declaration knows is sent by name, `call('DetectImageLabels', { … })`.
 */
export class ImmBase extends ImmClient {
  constructor(options: ClientOptions, platform: Platform) {
    super({ version: '2020-09-30', host: immHost }, options, platform);
  }
}

/** The same for the API of 2017, for what only that has. */
export class Imm2017Base extends Imm2017Client {
  constructor(options: ClientOptions, platform: Platform) {
    super({ version: '2017-09-06', host: immHost }, options, platform);
  }
}
