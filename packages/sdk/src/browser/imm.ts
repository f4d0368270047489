import { browserPlatform } from '../core/fetch-transport.ts';
import type { ClientOptions } from '../core/options.ts';
import { ImmBase } from '../rpc/services.ts';

/** A client for media tasks. */
export class Imm extends ImmBase {
  constructor(options: ClientOptions) {
    super(options, browserPlatform);
  }
}
