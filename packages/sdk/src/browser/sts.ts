import { browserPlatform } from '../core/fetch-transport.ts';
import type { ClientOptions } from '../core/options.ts';
import { StsBase } from '../rpc/services.ts';

/** A client for temporary keys. */
export class Sts extends StsBase {
  constructor(options: ClientOptions) {
    super(options, browserPlatform);
  }
}
