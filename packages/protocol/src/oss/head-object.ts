import { httpDate, text } from './codecs.ts';
import { bodyLength, header, optional, query } from './fields.ts';
import { conditions, facts, versionId } from './object-fields.ts';
import { operation } from './operation.ts';

export const headObject = operation({
  name: 'HeadObject',
  method: 'HEAD',
  level: 'object',
  action: 'oss:GetObject',
  versionAction: 'oss:GetObjectVersion',
  input: {
    ...conditions,
    process: optional(query('x-oss-process', text)),
    versionId,
  },
  output: {
    ...facts,
    cache: optional(header('x-millrace-cache', text)),
    vary: optional(header('Vary', text)),
    size: bodyLength,
  },
  errors: [
    'NoSuchKey',
    'NoSuchVersion',
    'MethodNotAllowed',
    'SymlinkTargetNotExist',
    'InvalidTargetType',
    'PreconditionFailed',
    'NotModified',
  ],
});

/** The short form: only what identifies the content. */
export const getObjectMeta = operation({
  name: 'GetObjectMeta',
  // Older clients ask with GET, and get the same headers with an empty body.
  method: ['HEAD', 'GET'],
  level: 'object',
  select: ['objectMeta'],
  action: 'oss:GetObject',
  versionAction: 'oss:GetObjectVersion',
  input: { versionId },
  output: {
    etag: facts.etag,
    lastModified: facts.lastModified,
    crc64: facts.crc64,
    versionId: facts.versionId,
    /** In a bucket that tracks access. */
    lastAccess: optional(header('x-oss-last-access-time', httpDate)),
    size: bodyLength,
  },
  errors: ['NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed'],
});
