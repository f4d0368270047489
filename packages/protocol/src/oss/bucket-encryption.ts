import { optional, struct, text, xmlDocument } from '../xml/index.ts';
import { xmlBody } from './fields.ts';
import { operation } from './operation.ts';

/** The words are checked by the server, which has an error of its own for those it does not know. */
const rule = struct({
  SSEAlgorithm: text,
  KMSMasterKeyID: optional(text),
  KMSDataEncryption: optional(text),
});

const document = xmlDocument('ServerSideEncryptionRule', struct({ ApplyServerSideEncryptionByDefault: rule }));

export const putBucketEncryption = operation({
  name: 'PutBucketEncryption',
  method: 'PUT',
  level: 'bucket',
  select: ['encryption'],
  input: { body: xmlBody(document) },
  output: {},
  errors: ['MalformedXML', 'InvalidEncryptionAlgorithmError'],
});

export const getBucketEncryption = operation({
  name: 'GetBucketEncryption',
  method: 'GET',
  level: 'bucket',
  select: ['encryption'],
  input: {},
  output: { result: xmlBody(document) },
  errors: ['NoSuchServerSideEncryptionRule'],
});

export const deleteBucketEncryption = operation({
  name: 'DeleteBucketEncryption',
  method: 'DELETE',
  level: 'bucket',
  select: ['encryption'],
  status: 204,
  input: {},
  output: {},
});
