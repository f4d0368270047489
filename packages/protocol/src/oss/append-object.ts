import { count, quoted, text } from './codecs.ts';
import { header, query, stream } from './fields.ts';
import { contentMd5, description, encryption, tagging, trafficLimit, versionHeader } from './object-fields.ts';
import { operation } from './operation.ts';

export const appendObject = operation({
  name: 'AppendObject',
  method: 'POST',
  level: 'object',
  select: ['append'],
  action: 'oss:PutObject',
  input: { ...description, tagging, trafficLimit, contentMd5, position: query('position', count), body: stream },
  output: {
    etag: header('ETag', quoted),
    nextAppendPosition: header('x-oss-next-append-position', count),
    /** Of the whole object so far. */
    crc64: header('x-oss-hash-crc64ecma', text),
    versionId: versionHeader,
    ...encryption,
  },
  errors: ['ObjectNotAppendable', 'PositionNotEqualToLength', 'InvalidDigest', 'IncompleteBody', 'EntityTooLarge'],
});
