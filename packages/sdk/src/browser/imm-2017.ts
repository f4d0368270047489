import { browserPlatform } from '../core/fetch-transport.ts';
import type { ClientOptions } from '../core/options.ts';
import { Imm2017Base } from '../rpc/services.ts';

/** A client for media tasks by the API of 2017. */
export class Imm2017 extends Imm2017Base {
  constructor(options: ClientOptions) {
    super(options, browserPlatform);
  }
}
