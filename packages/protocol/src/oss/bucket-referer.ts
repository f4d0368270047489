import { bool, list, optional, struct, text, xmlDocument } from '../xml/index.ts';
import { getDocument, putDocument } from './bucket-document.ts';

const referers = struct({ Referer: list(text) });

const document = xmlDocument(
  'RefererConfiguration',
  struct({
    AllowEmptyReferer: optional(bool),
    AllowTruncateQueryString: optional(bool),
    TruncatePath: optional(bool),
    RefererList: optional(referers),
    RefererBlacklist: optional(referers),
  }),
);

export const putBucketReferer = putDocument('PutBucketReferer', 'referer', document);
/** A bucket always has one: what was never set is answered with its defaults. */
export const getBucketReferer = getDocument('GetBucketReferer', 'referer', document);
