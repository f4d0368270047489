import { struct, time, word, xmlDocument } from '../xml/index.ts';
import { xmlBody } from './fields.ts';
import { bypassGovernance, versionHeader, versionId } from './object-fields.ts';
import { operation } from './operation.ts';

const retention = xmlBody(
  xmlDocument('Retention', struct({ Mode: word('GOVERNANCE', 'COMPLIANCE'), RetainUntilDate: time })),
);

/** Keeps one version of an object until a time. */
export const putObjectRetention = operation({
  name: 'PutObjectRetention',
  method: 'PUT',
  level: 'object',
  select: ['retention'],
  input: { versionId, bypassGovernance, body: retention },
  output: { versionId: versionHeader },
  errors: [
    'NoSuchKey',
    'NoSuchVersion',
    'MethodNotAllowed',
    'MalformedXML',
    'InvalidArgument',
    'InvalidRequest',
    'FileImmutable',
    'OperationNotSupported',
  ],
});

export const getObjectRetention = operation({
  name: 'GetObjectRetention',
  method: 'GET',
  level: 'object',
  select: ['retention'],
  input: { versionId },
  output: { versionId: versionHeader, result: retention },
  errors: ['NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed', 'NoSuchWORMConfiguration'],
});
