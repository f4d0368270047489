import { bool, list, optional, struct, text, word, xmlDocument } from '../xml/index.ts';
import { getDocument, putDocument } from './bucket-document.ts';

const document = xmlDocument(
  'HttpsConfiguration',
  struct({
    TLS: optional(struct({ Enable: bool, TLSVersion: list(word('TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3')) })),
    CipherSuite: optional(
      struct({
        Enable: bool,
        StrongCipherSuite: optional(bool),
        CustomCipherSuite: list(text),
        TLS13CustomCipherSuite: list(text),
      }),
    ),
  }),
);

export const putBucketHttpsConfig = putDocument('PutBucketHttpsConfig', 'httpsConfig', document);
export const getBucketHttpsConfig = getDocument('GetBucketHttpsConfig', 'httpsConfig', document);
