import { int, optional, struct, word, xmlDocument } from '../xml/index.ts';
import { getDocument, putDocument } from './bucket-document.ts';

const document = xmlDocument(
  'ObjectWormConfiguration',
  struct({
    ObjectWormEnabled: word('Enabled'),
    /** How new versions are kept whose writers do not say: for so many days, or years. */
    Rule: optional(
      struct({
        DefaultRetention: struct({ Mode: word('GOVERNANCE', 'COMPLIANCE'), Days: optional(int), Years: optional(int) }),
      }),
    ),
  }),
);

/** Lets single versions of a bucket be kept from being removed. Once it is on, it stays. */
export const putBucketObjectWormConfiguration = putDocument(
  'PutBucketObjectWormConfiguration',
  'objectWorm',
  document,
  {
    errors: ['MalformedXML', 'InvalidArgument', 'InvalidWORMConfiguration'],
  },
);
export const getBucketObjectWormConfiguration = getDocument(
  'GetBucketObjectWormConfiguration',
  'objectWorm',
  document,
  {
    errors: ['NoSuchWORMConfiguration'],
  },
);
