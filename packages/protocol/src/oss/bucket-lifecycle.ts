import { bool, int, list, optional, struct, text, word, xmlDocument } from '../xml/index.ts';
import { deleteDocument, getDocument } from './bucket-document.ts';
import { flag } from './codecs.ts';
import { header, optional as optionalField, xmlBody } from './fields.ts';
import { operation } from './operation.ts';

const element = optional(text);
const tag = struct({ Key: text, Value: text });
/** `Date` and `CreatedBeforeDate` stay text: they must be at midnight, and clients write them with and without fractions. */
const age = { Days: optional(int), CreatedBeforeDate: element };
const transition = {
  StorageClass: word('IA', 'Archive', 'ColdArchive', 'DeepColdArchive', 'Standard'),
  IsAccessTime: optional(bool),
  ReturnToStdWhenVisit: optional(bool),
  AllowSmallFile: optional(bool),
};

const document = xmlDocument(
  'LifecycleConfiguration',
  struct({
    Rule: list(
      struct({
        ID: element,
        Prefix: element,
        Status: word('Enabled', 'Disabled'),
        Tag: list(tag),
        Filter: optional(
          struct({
            ObjectSizeGreaterThan: optional(int),
            ObjectSizeLessThan: optional(int),
            Not: list(struct({ Prefix: element, Tag: optional(tag) })),
          }),
        ),
        Expiration: optional(struct({ ...age, Date: element, ExpiredObjectDeleteMarker: optional(bool) })),
        Transition: list(struct({ ...age, ...transition })),
        AbortMultipartUpload: optional(struct(age)),
        NoncurrentVersionExpiration: optional(struct({ NoncurrentDays: int })),
        NoncurrentVersionTransition: list(struct({ NoncurrentDays: int, ...transition })),
        AtimeBase: optional(int),
      }),
    ),
  }),
);

export const putBucketLifecycle = operation({
  name: 'PutBucketLifecycle',
  method: 'PUT',
  level: 'bucket',
  select: ['lifecycle'],
  input: {
    /** Rules for the same action may meet in one object; otherwise that is refused. */
    allowOverlap: optionalField(header('x-oss-allow-same-action-overlap', flag)),
    body: xmlBody(document),
  },
  output: {},
  errors: ['MalformedXML', 'InvalidArgument'],
});
export const getBucketLifecycle = getDocument('GetBucketLifecycle', 'lifecycle', document, {
  errors: ['NoSuchLifecycle'],
});
export const deleteBucketLifecycle = deleteDocument('DeleteBucketLifecycle', 'lifecycle');
