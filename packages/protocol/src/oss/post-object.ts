import { struct, text as textElement, xmlDocument } from '../xml/index.ts';
import { callbackAnswer } from './callback.ts';
import { quoted, text } from './codecs.ts';
import { header, optional, optionalXmlBody, status, stream } from './fields.ts';
import { contentMd5, description, encryption, forbidOverwrite, trafficLimit, versionHeader } from './object-fields.ts';
import { operation } from './operation.ts';

/** The form that a browser sends: signed in its fields, with the object's bytes in the last of them. */
export const postObject = operation({
  name: 'PostObject',
  method: 'POST',
  level: 'bucket',
  select: ['@content-type=multipart/form-data'],
  action: 'oss:PutObject',
  signedIn: 'form',
  perObject: true,
  input: { formType: header('content-type', text), body: stream },
  output: {
    status: status(200, 201, 204, 303),
    etag: header('ETag', quoted),
    crc64: header('x-oss-hash-crc64ecma', text),
    versionId: versionHeader,
    ...encryption,
    location: optional(header('Location', text)),
    ...callbackAnswer,
    result: optionalXmlBody(
      xmlDocument(
        'PostResponse',
        struct({ Bucket: textElement, Location: textElement, Key: textElement, ETag: textElement }),
      ),
    ),
  },
  errors: [
    'AccessDenied',
    'CallbackFailed',
    'EntityTooLarge',
    'EntityTooSmall',
    'FieldItemTooLong',
    'FileAlreadyExists',
    'IncorrectNumberOfFilesInPOSTRequest',
    'InvalidObjectName',
    'InvalidPolicyDocument',
    'MalformedPOSTRequest',
    'MaxPOSTPreDataLengthExceededError',
    'UserKeyMustBeSpecified',
  ],
});

/** The fields of the form, declared as the headers that they stand for. Their names are read in any case. */
export const postForm = {
  ...description,
  /** Wins over `Content-Type`, which wins over the type of the file's own part. */
  objectContentType: optional(header('x-oss-content-type', text)),
  forbidOverwrite,
  contentMd5,
  trafficLimit,
  callback: optional(header('callback', text)),
  callbackVar: optional(header('callback-var', text)),
  successActionStatus: optional(header('success_action_status', text)),
  successActionRedirect: optional(header('success_action_redirect', text)),
};
