import { struct, text, xmlDocument } from '../xml/index.ts';
import { text as textCodec } from './codecs.ts';
import { optional, query, xmlBody } from './fields.ts';
import {
  description,
  encodingType,
  encodingTypeElement,
  encryption,
  forbidOverwrite,
  keeping,
  tagging,
} from './object-fields.ts';
import { operation } from './operation.ts';

export const initiateMultipartUpload = operation({
  name: 'InitiateMultipartUpload',
  method: 'POST',
  level: 'object',
  select: ['uploads'],
  action: 'oss:PutObject',
  input: {
    ...description,
    ...keeping,
    tagging,
    forbidOverwrite,
    encodingType: optional(query('encoding-type', encodingType)),
    /** Present, with any value: parts must arrive in order. */
    sequential: optional(query('sequential', textCodec)),
  },
  output: {
    ...encryption,
    result: xmlBody(
      xmlDocument(
        'InitiateMultipartUploadResult',
        struct({ EncodingType: encodingTypeElement, Bucket: text, Key: text, UploadId: text }),
      ),
    ),
  },
  errors: ['InvalidObjectName', 'FileAlreadyExists', 'InvalidTag', 'TooManyTags'],
});
