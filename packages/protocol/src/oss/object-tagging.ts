import { list, struct, text, xmlDocument } from '../xml/index.ts';
import { xmlBody } from './fields.ts';
import { versionHeader, versionId } from './object-fields.ts';
import { operation } from './operation.ts';

const tagging = xmlBody(
  xmlDocument('Tagging', struct({ TagSet: struct({ Tag: list(struct({ Key: text, Value: text })) }) })),
);

export const putObjectTagging = operation({
  name: 'PutObjectTagging',
  method: 'PUT',
  level: 'object',
  select: ['tagging'],
  versionAction: 'oss:PutObjectVersionTagging',
  input: { versionId, body: tagging },
  output: { versionId: versionHeader },
  errors: ['NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed', 'MalformedXML', 'InvalidTag', 'TooManyTags'],
});

export const getObjectTagging = operation({
  name: 'GetObjectTagging',
  method: 'GET',
  level: 'object',
  select: ['tagging'],
  versionAction: 'oss:GetObjectVersionTagging',
  input: { versionId },
  output: { versionId: versionHeader, result: tagging },
  errors: ['NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed'],
});

export const deleteObjectTagging = operation({
  name: 'DeleteObjectTagging',
  method: 'DELETE',
  level: 'object',
  select: ['tagging'],
  versionAction: 'oss:DeleteObjectVersionTagging',
  status: 204,
  input: { versionId },
  output: { versionId: versionHeader },
  errors: ['NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed'],
});
