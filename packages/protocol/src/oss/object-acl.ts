import { xmlDocument } from '../xml/index.ts';
import { header, xmlBody } from './fields.ts';
import { accessControlPolicy, objectAcl } from './object-fields.ts';
import { operation } from './operation.ts';

export const putObjectAcl = operation({
  name: 'PutObjectAcl',
  method: 'PUT',
  level: 'object',
  select: ['acl'],
  input: { acl: header('x-oss-object-acl', objectAcl) },
  output: {},
  errors: ['NoSuchKey'],
});

export const getObjectAcl = operation({
  name: 'GetObjectAcl',
  method: 'GET',
  level: 'object',
  select: ['acl'],
  input: {},
  output: { result: xmlBody(xmlDocument('AccessControlPolicy', accessControlPolicy)) },
  errors: ['NoSuchKey'],
});
