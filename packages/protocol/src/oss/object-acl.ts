import { xmlDocument } from '../xml/index.ts';
import { header, xmlBody } from './fields.ts';
import { accessControlPolicy, objectAcl, versionHeader, versionId } from './object-fields.ts';
import { operation } from './operation.ts';

export const putObjectAcl = operation({
  name: 'PutObjectAcl',
  method: 'PUT',
  level: 'object',
  select: ['acl'],
  versionAction: 'oss:PutObjectVersionAcl',
  input: { acl: header('x-oss-object-acl', objectAcl), versionId },
  output: { versionId: versionHeader },
  errors: ['NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed'],
});

export const getObjectAcl = operation({
  name: 'GetObjectAcl',
  method: 'GET',
  level: 'object',
  select: ['acl'],
  versionAction: 'oss:GetObjectVersionAcl',
  input: { versionId },
  output: { versionId: versionHeader, result: xmlBody(xmlDocument('AccessControlPolicy', accessControlPolicy)) },
  errors: ['NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed'],
});
