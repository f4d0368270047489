import { browserPlatform } from '../core/fetch-transport.ts';
import { MnsBase, type MnsOptions } from '../mns/mns.ts';

/** A client for queues and topics. */
export class Mns extends MnsBase {
  constructor(options: MnsOptions) {
    super(options, browserPlatform);
  }
}
