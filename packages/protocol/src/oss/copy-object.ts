import { struct, text as textElement, time, xmlDocument } from '../xml/index.ts';
import { copySource, quoted, text, wordsAnyCase } from './codecs.ts';
import { header, optional, withDefault, xmlBody } from './fields.ts';
import {
  copyConditions,
  description,
  encryption,
  forbidOverwrite,
  keeping,
  tagging,
  trafficLimit,
  versionHeader,
} from './object-fields.ts';
import { operation } from './operation.ts';

export const copyObject = operation({
  name: 'CopyObject',
  method: 'PUT',
  level: 'object',
  select: ['@x-oss-copy-source'],
  action: 'oss:PutObject',
  input: {
    source: header('x-oss-copy-source', copySource),
    ...copyConditions,
    ...description,
    ...keeping,
    forbidOverwrite,
    trafficLimit,
    tagging,
    taggingDirective: withDefault(header('x-oss-tagging-directive', wordsAnyCase('Copy', 'Replace')), 'Copy'),
    metadataDirective: withDefault(header('x-oss-metadata-directive', wordsAnyCase('COPY', 'REPLACE')), 'COPY'),
  },
  output: {
    etag: header('ETag', quoted),
    crc64: header('x-oss-hash-crc64ecma', text),
    versionId: versionHeader,
    ...encryption,
    sourceVersionId: optional(header('x-oss-copy-source-version-id', text)),
    result: xmlBody(xmlDocument('CopyObjectResult', struct({ ETag: textElement, LastModified: time }))),
  },
  errors: [
    'NoSuchKey',
    'PreconditionFailed',
    'NotModified',
    'FileAlreadyExists',
    'InvalidObjectName',
    'NoSuchVersion',
    'InvalidObjectState',
  ],
});
