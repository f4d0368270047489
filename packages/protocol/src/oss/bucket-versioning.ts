import { optional, struct, word, xmlDocument } from '../xml/index.ts';
import { xmlBody } from './fields.ts';
import { operation } from './operation.ts';

const status = word('Enabled', 'Suspended');

export const putBucketVersioning = operation({
  name: 'PutBucketVersioning',
  method: 'PUT',
  level: 'bucket',
  select: ['versioning'],
  input: { body: xmlBody(xmlDocument('VersioningConfiguration', struct({ Status: status }))) },
  output: {},
  errors: ['MalformedXML'],
});

export const getBucketVersioning = operation({
  name: 'GetBucketVersioning',
  method: 'GET',
  level: 'bucket',
  select: ['versioning'],
  input: {},
  /** Without a status until one has been set. */
  output: { result: xmlBody(xmlDocument('VersioningConfiguration', struct({ Status: optional(status) }))) },
});
