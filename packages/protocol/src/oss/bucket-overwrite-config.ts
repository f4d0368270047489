import { list, optional, struct, text, word, xmlDocument } from '../xml/index.ts';
import { deleteDocument, getDocument, putDocument } from './bucket-document.ts';

const document = xmlDocument(
  'OverwriteConfiguration',
  struct({
    Rule: list(
      struct({
        ID: optional(text),
        Action: word('forbid'),
        Prefix: optional(text),
        Suffix: optional(text),
        Principals: optional(struct({ Principal: list(text) })),
      }),
    ),
  }),
);

export const putBucketOverwriteConfig = putDocument('PutBucketOverwriteConfig', 'overwriteConfig', document);
export const getBucketOverwriteConfig = getDocument('GetBucketOverwriteConfig', 'overwriteConfig', document, {
  errors: ['NoSuchBucketOverwriteConfig'],
});
export const deleteBucketOverwriteConfig = deleteDocument('DeleteBucketOverwriteConfig', 'overwriteConfig');
