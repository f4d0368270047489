import { xmlDocument } from '../xml/index.ts';
import { header, xmlBody } from './fields.ts';
import { accessControlPolicy, acl } from './object-fields.ts';
import { operation } from './operation.ts';

export const putBucketAcl = operation({
  name: 'PutBucketAcl',
  method: 'PUT',
  level: 'bucket',
  select: ['acl'],
  input: { acl: header('x-oss-acl', acl) },
  output: {},
});

export const getBucketAcl = operation({
  name: 'GetBucketAcl',
  method: 'GET',
  level: 'bucket',
  select: ['acl'],
  input: {},
  output: { result: xmlBody(xmlDocument('AccessControlPolicy', accessControlPolicy)) },
});
