import { optionalHeader } from './operation.ts';
import { flag, int, text } from './shape.ts';

/** What every list call may say in its headers. */
export const listingFields = {
  prefix: optionalHeader('x-mns-prefix', text(0, 256)),
  marker: optionalHeader('x-mns-marker', text(0, 1024)),
  limit: optionalHeader('x-mns-ret-number', int(1, 1000)),
  withMeta: optionalHeader('x-mns-with-meta', flag),
};

export const DEFAULT_PAGE = 1000;
