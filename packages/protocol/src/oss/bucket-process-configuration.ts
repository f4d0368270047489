import { optional, struct, text, word, xmlDocument } from '../xml/index.ts';
import { getDocument, putDocument } from './bucket-document.ts';

const switched = word('Enabled', 'Disabled');

/** The elements and their spelling are those of the vendor's Java client (`setBucketProcess`), `CompliedHost` included. */
const document = xmlDocument(
  'BucketProcessConfiguration',
  struct({
    CompliedHost: optional(text),
    SourceFileProtect: optional(switched),
    SourceFileProtectSuffix: optional(text),
    StyleDelimiters: optional(text),
    OssDomainSupportAtProcess: optional(switched),
    Version: optional(text),
  }),
);

/** What stands between a key and a style, and whether the pictures themselves are shown to everybody. */
export const putBucketProcessConfiguration = putDocument(
  'PutBucketProcessConfiguration',
  'processConfiguration',
  document,
  { errors: ['MalformedXML', 'InvalidArgument'] },
);
export const getBucketProcessConfiguration = getDocument(
  'GetBucketProcessConfiguration',
  'processConfiguration',
  document,
);
