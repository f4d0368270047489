import { struct, word, xmlDocument } from '../xml/index.ts';
import { xmlBody } from './fields.ts';
import { versionHeader, versionId } from './object-fields.ts';
import { operation } from './operation.ts';

const legalHold = xmlBody(xmlDocument('LegalHold', struct({ Status: word('ON', 'OFF') })));

/** Keeps one version of an object until somebody lets it go. */
export const putObjectLegalHold = operation({
  name: 'PutObjectLegalHold',
  method: 'PUT',
  level: 'object',
  select: ['legalHold'],
  input: { versionId, body: legalHold },
  output: { versionId: versionHeader },
  errors: ['NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed', 'MalformedXML', 'InvalidRequest', 'OperationNotSupported'],
});

export const getObjectLegalHold = operation({
  name: 'GetObjectLegalHold',
  method: 'GET',
  level: 'object',
  select: ['legalHold'],
  input: { versionId },
  output: { versionId: versionHeader, result: legalHold },
  errors: ['NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed'],
});
