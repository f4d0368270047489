import { bool, list, optional as optionalElement, struct, text, xmlDocument } from '../xml/index.ts';
import { optional, optionalXmlBody, query, xmlBody } from './fields.ts';
import { bypassGovernance, encodingType, encodingTypeElement } from './object-fields.ts';
import { operation } from './operation.ts';

export const deleteMultipleObjects = operation({
  name: 'DeleteMultipleObjects',
  method: 'POST',
  level: 'bucket',
  select: ['delete'],
  action: 'oss:DeleteObject',
  perObject: true,
  input: {
    encodingType: optional(query('encoding-type', encodingType)),
    bypassGovernance,
    body: xmlBody(
      xmlDocument(
        'Delete',
        struct({
          Quiet: optionalElement(bool),
          Object: list(struct({ Key: text, VersionId: optionalElement(text) })),
        }),
        { controls: true },
      ),
    ),
  },
  output: {
    /** Left out, with an empty body, when the request was quiet. */
    result: optionalXmlBody(
      xmlDocument(
        'DeleteResult',
        struct({
          EncodingType: encodingTypeElement,
          Deleted: list(
            struct({
              Key: text,
              /** As the request named it. */
              VersionId: optionalElement(text),
              /** True when a delete marker was made, or was what is gone. */
              DeleteMarker: optionalElement(bool),
              DeleteMarkerVersionId: optionalElement(text),
            }),
          ),
        }),
      ),
    ),
  },
  errors: ['MalformedXML', 'InvalidDigest'],
});
