import { encodedKey, quoted, text } from './codecs.ts';
import { header, optional } from './fields.ts';
import { description, facts, forbidOverwrite, tagging, versionHeader, versionId } from './object-fields.ts';
import { operation } from './operation.ts';

/** Makes an object that stands for another of the same bucket. */
export const putSymlink = operation({
  name: 'PutSymlink',
  method: 'PUT',
  level: 'object',
  select: ['symlink'],
  action: 'oss:PutObject',
  input: { ...description, tagging, forbidOverwrite, target: header('x-oss-symlink-target', encodedKey) },
  output: { etag: optional(header('ETag', quoted)), versionId: versionHeader },
  errors: ['InvalidObjectName', 'FileAlreadyExists', 'InvalidTag', 'TooManyTags'],
});

export const getSymlink = operation({
  name: 'GetSymlink',
  method: 'GET',
  level: 'object',
  select: ['symlink'],
  action: 'oss:GetObject',
  versionAction: 'oss:GetObjectVersion',
  input: { versionId },
  output: {
    target: header('x-oss-symlink-target', encodedKey),
    etag: facts.etag,
    lastModified: facts.lastModified,
    objectType: optional(header('x-oss-object-type', text)),
    versionId: versionHeader,
    meta: facts.meta,
  },
  errors: ['NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed', 'NotSymlink'],
});
