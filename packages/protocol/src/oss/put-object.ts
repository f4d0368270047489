import { callback, callbackAnswer } from './callback.ts';
import { quoted, text } from './codecs.ts';
import { header, optional, stream } from './fields.ts';
import {
  contentMd5,
  description,
  encryption,
  forbidOverwrite,
  keeping,
  tagging,
  trafficLimit,
  versionHeader,
} from './object-fields.ts';
import { operation } from './operation.ts';

export const putObject = operation({
  name: 'PutObject',
  method: 'PUT',
  level: 'object',
  input: { ...description, ...keeping, ...callback, tagging, forbidOverwrite, trafficLimit, contentMd5, body: stream },
  output: {
    etag: header('ETag', quoted),
    contentMd5: header('Content-MD5', text),
    crc64: header('x-oss-hash-crc64ecma', text),
    versionId: versionHeader,
    ...encryption,
    /** When a lifecycle rule will remove it, and which. */
    expiration: optional(header('x-oss-expiration', text)),
    ...callbackAnswer,
  },
  errors: [
    'InvalidObjectName',
    'InvalidDigest',
    'IncompleteBody',
    'EntityTooLarge',
    'FileAlreadyExists',
    'CallbackFailed',
  ],
});
