import { browserPlatform } from '../core/fetch-transport.ts';
import { OssBase, type OssOptions } from '../oss/oss.ts';

/** A client for OSS: every operation as a method. */
export class Oss extends OssBase {
  constructor(options: OssOptions) {
    super(options, browserPlatform);
  }
}
