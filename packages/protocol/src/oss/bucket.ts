import { bool, optional as optionalElement, struct, text, time, word, xmlDocument } from '../xml/index.ts';
import { text as textCodec } from './codecs.ts';
import { header, optional, optionalXmlBody, xmlBody } from './fields.ts';
import { acl, encryption, owner } from './object-fields.ts';
import { operation } from './operation.ts';

export const putBucket = operation({
  name: 'PutBucket',
  method: 'PUT',
  level: 'bucket',
  createsBucket: true,
  input: {
    acl: optional(header('x-oss-acl', acl)),
    resourceGroup: optional(header('x-oss-resource-group-id', textCodec)),
    tagging: optional(header('x-oss-bucket-tagging', textCodec)),
    /** What its objects are encrypted with, unless they say. */
    ...encryption,
    configuration: optionalXmlBody(
      xmlDocument(
        'CreateBucketConfiguration',
        struct({
          StorageClass: optionalElement(word('Standard', 'IA', 'Archive', 'ColdArchive', 'DeepColdArchive')),
          DataRedundancyType: optionalElement(word('LRS', 'ZRS')),
        }),
      ),
    ),
  },
  output: { location: header('Location', textCodec) },
  errors: [
    'InvalidBucketName',
    'BucketAlreadyExists',
    'TooManyBuckets',
    'InvalidTag',
    'ResourceGroupIdPreCheckError',
    'InvalidEncryptionAlgorithmError',
  ],
});

export const deleteBucket = operation({
  name: 'DeleteBucket',
  method: 'DELETE',
  level: 'bucket',
  status: 204,
  input: {},
  output: {},
  errors: ['BucketNotEmpty'],
});

/** Asks whether a bucket exists and may be seen. Not an operation of the vendor's list, but its service answers it. */
export const headBucket = operation({
  name: 'HeadBucket',
  method: 'HEAD',
  level: 'bucket',
  action: 'oss:GetBucketInfo',
  page: 'https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketinfo',
  input: {},
  output: { region: header('x-oss-bucket-region', textCodec) },
});

export const getBucketInfo = operation({
  name: 'GetBucketInfo',
  method: 'GET',
  level: 'bucket',
  select: ['bucketInfo'],
  input: {},
  output: {
    result: xmlBody(
      xmlDocument(
        'BucketInfo',
        struct({
          Bucket: struct({
            AccessMonitor: text,
            CreationDate: time,
            CrossRegionReplication: text,
            DataRedundancyType: text,
            ExtranetEndpoint: text,
            IntranetEndpoint: text,
            Location: text,
            Name: text,
            StorageClass: text,
            TransferAcceleration: text,
            Owner: owner,
            AccessControlList: struct({ Grant: text }),
            ServerSideEncryptionRule: struct({
              SSEAlgorithm: text,
              KMSMasterKeyID: optionalElement(text),
              KMSDataEncryption: optionalElement(text),
            }),
            BucketPolicy: struct({ LogBucket: text, LogPrefix: text }),
            ResourceGroupId: text,
            Comment: text,
            BlockPublicAccess: bool,
            /** Absent until it is set for the first time. */
            Versioning: optionalElement(text),
          }),
        }),
      ),
    ),
  },
});

export const getBucketLocation = operation({
  name: 'GetBucketLocation',
  method: 'GET',
  level: 'bucket',
  select: ['location'],
  input: {},
  output: { result: xmlBody(xmlDocument('LocationConstraint', text)) },
});
