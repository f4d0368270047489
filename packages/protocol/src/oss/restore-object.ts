import { int, optional as optionalElement, struct, text as textElement, xmlDocument } from '../xml/index.ts';
import { text } from './codecs.ts';
import { header, optional, optionalXmlBody, status } from './fields.ts';
import { versionHeader, versionId } from './object-fields.ts';
import { operation } from './operation.ts';

/** Makes the bytes of an archived object readable for some days. */
export const restoreObject = operation({
  name: 'RestoreObject',
  method: 'POST',
  level: 'object',
  select: ['restore'],
  versionAction: 'oss:RestoreObjectVersion',
  input: {
    versionId,
    body: optionalXmlBody(
      xmlDocument(
        'RestoreRequest',
        struct({
          Days: optionalElement(int),
          /** A word that is not one of them is an invalid argument, not a malformed document: the handler looks. */
          JobParameters: optionalElement(struct({ Tier: optionalElement(textElement) })),
        }),
      ),
    ),
  },
  output: {
    /** 202 when it was begun, 200 when the object was readable already. */
    status: status(200, 202),
    versionId: versionHeader,
    priority: optional(header('x-oss-object-restore-priority', text)),
  },
  errors: [
    'NoSuchKey',
    'NoSuchVersion',
    'MethodNotAllowed',
    'OperationNotSupported',
    'RestoreAlreadyInProgress',
    'MalformedXML',
  ],
});

/** Gives the readable copy up before its time. */
export const cleanRestoredObject = operation({
  name: 'CleanRestoredObject',
  method: 'POST',
  level: 'object',
  select: ['cleanRestoredObject'],
  input: { versionId },
  output: { versionId: versionHeader },
  errors: [
    'NoSuchKey',
    'NoSuchVersion',
    'MethodNotAllowed',
    'OperationNotSupported',
    'ArchiveRestoreFileStale',
    'ArchiveRestoreNotFinished',
  ],
});
