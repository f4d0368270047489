import { bool, int, list, optional, struct, text, wordAnyCase, xmlDocument } from '../xml/index.ts';
import { deleteDocument, getDocument, putDocument } from './bucket-document.ts';

const document = xmlDocument(
  'CORSConfiguration',
  struct({
    CORSRule: list(
      struct({
        AllowedOrigin: list(text),
        AllowedMethod: list(wordAnyCase('GET', 'PUT', 'DELETE', 'POST', 'HEAD')),
        AllowedHeader: list(text),
        ExposeHeader: list(text),
        MaxAgeSeconds: optional(int),
      }),
    ),
    ResponseVary: optional(bool),
  }),
);

export const putBucketCors = putDocument('PutBucketCors', 'cors', document, {
  errors: ['MalformedXML', 'CORSRuleBeyondLimit'],
});
export const getBucketCors = getDocument('GetBucketCors', 'cors', document, { errors: ['NoSuchCORSConfiguration'] });
export const deleteBucketCors = deleteDocument('DeleteBucketCors', 'cors');
