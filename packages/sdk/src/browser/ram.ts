import { browserPlatform } from '../core/fetch-transport.ts';
import type { ClientOptions } from '../core/options.ts';
import { RamBase } from '../rpc/services.ts';

/** A client for users, roles and policies. */
export class Ram extends RamBase {
  constructor(options: ClientOptions) {
    super(options, browserPlatform);
  }
}
