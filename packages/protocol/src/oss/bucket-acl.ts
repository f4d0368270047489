import { xmlDocument } from '../xml/index.ts';
import { text } from './codecs.ts';
import { header, xmlBody } from './fields.ts';
import { accessControlPolicy, acl } from './object-fields.ts';
import { operation } from './operation.ts';

export const putBucketAcl = operation({
  name: 'PutBucketAcl',
  method: 'PUT',
  level: 'bucket',
  select: ['acl'],
  createsBucket: 'if-absent',
  input: { acl: header('x-oss-acl', acl) },
  output: { location: header('Location', text) },
  errors: ['InvalidBucketName', 'BucketAlreadyExists', 'TooManyBuckets'],
});

export const getBucketAcl = operation({
  name: 'GetBucketAcl',
  method: 'GET',
  level: 'bucket',
  select: ['acl'],
  input: {},
  output: { result: xmlBody(xmlDocument('AccessControlPolicy', accessControlPolicy)) },
});
