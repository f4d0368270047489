import { bool, struct, xmlDocument } from '../xml/index.ts';
import { textBody, xmlBody } from './fields.ts';
import { operation } from './operation.ts';

/** More than a policy may have: how much too long it is, is for the domain to say. */
const LIMIT = 64 * 1024;

export const putBucketPolicy = operation({
  name: 'PutBucketPolicy',
  method: 'PUT',
  level: 'bucket',
  select: ['policy'],
  input: { document: textBody(LIMIT) },
  output: {},
  errors: ['MalformedPolicy'],
});

export const getBucketPolicy = operation({
  name: 'GetBucketPolicy',
  method: 'GET',
  level: 'bucket',
  select: ['policy'],
  input: {},
  /** As it was put, letter by letter. */
  output: { document: textBody(LIMIT, 'application/json') },
  errors: ['NoSuchBucketPolicy'],
});

export const deleteBucketPolicy = operation({
  name: 'DeleteBucketPolicy',
  method: 'DELETE',
  level: 'bucket',
  select: ['policy'],
  status: 204,
  input: {},
  output: {},
});

export const getBucketPolicyStatus = operation({
  name: 'GetBucketPolicyStatus',
  method: 'GET',
  level: 'bucket',
  select: ['policyStatus'],
  input: {},
  output: { result: xmlBody(xmlDocument('PolicyStatus', struct({ IsPublic: bool }))) },
});
