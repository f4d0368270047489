import { bool, struct, xmlDocument } from '../xml/index.ts';
import { xmlBody } from './fields.ts';
import { operation } from './operation.ts';

const document = xmlDocument('PublicAccessBlockConfiguration', struct({ BlockPublicAccess: bool }));

/** Keeps everything of an account from being open to everybody. */
export const putPublicAccessBlock = operation({
  name: 'PutPublicAccessBlock',
  method: 'PUT',
  level: 'service',
  select: ['publicAccessBlock'],
  input: { configuration: xmlBody(document) },
  output: {},
  errors: ['MalformedXML'],
});

export const getPublicAccessBlock = operation({
  name: 'GetPublicAccessBlock',
  method: 'GET',
  level: 'service',
  select: ['publicAccessBlock'],
  input: {},
  output: { result: xmlBody(document) },
});

export const deletePublicAccessBlock = operation({
  name: 'DeletePublicAccessBlock',
  method: 'DELETE',
  level: 'service',
  select: ['publicAccessBlock'],
  status: 204,
  input: {},
  output: {},
});

/** The same for one bucket. */
export const putBucketPublicAccessBlock = operation({
  name: 'PutBucketPublicAccessBlock',
  method: 'PUT',
  level: 'bucket',
  select: ['publicAccessBlock'],
  input: { configuration: xmlBody(document) },
  output: {},
  errors: ['MalformedXML'],
});

export const getBucketPublicAccessBlock = operation({
  name: 'GetBucketPublicAccessBlock',
  method: 'GET',
  level: 'bucket',
  select: ['publicAccessBlock'],
  input: {},
  output: { result: xmlBody(document) },
});

export const deleteBucketPublicAccessBlock = operation({
  name: 'DeleteBucketPublicAccessBlock',
  method: 'DELETE',
  level: 'bucket',
  select: ['publicAccessBlock'],
  status: 204,
  input: {},
  output: {},
});
