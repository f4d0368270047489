import { bool, int, list, optional, struct, text, word, xmlDocument } from '../xml/index.ts';
import { text as textCodec } from './codecs.ts';
import { optional as optionalField, query, xmlBody } from './fields.ts';
import { operation } from './operation.ts';

export const inventoryFields = [
  'Size',
  'StorageClass',
  'LastModifiedDate',
  'ETag',
  'IsMultipartUploaded',
  'EncryptionStatus',
  'ObjectAcl',
  'TaggingCount',
  'ObjectType',
  'Crc64',
] as const;

const configuration = struct({
  Id: text,
  IsEnabled: bool,
  Filter: optional(
    struct({
      Prefix: optional(text),
      /** Seconds since the epoch. */
      LastModifyBeginTimeStamp: optional(int),
      LastModifyEndTimeStamp: optional(int),
      LowerSizeBound: optional(int),
      UpperSizeBound: optional(int),
      /** Several are separated by commas; `All` stands for all. */
      StorageClass: optional(text),
    }),
  ),
  Destination: struct({
    OSSBucketDestination: struct({
      Format: word('CSV'),
      AccountId: text,
      RoleArn: text,
      /** As policies name buckets: `acs:oss:::bucket`. */
      Bucket: text,
      Prefix: optional(text),
      Encryption: optional(
        struct({ 'SSE-OSS': optional(text), 'SSE-KMS': optional(struct({ KeyId: optional(text) })) }),
      ),
    }),
  }),
  Schedule: struct({ Frequency: word('Daily', 'Weekly', 'Monthly', 'Once'), DayOfMonth: optional(int) }),
  IncludedObjectVersions: word('All', 'Current'),
  OptionalFields: optional(struct({ Field: list(word(...inventoryFields)) })),
  /** Known, and not offered. */
  IncrementalInventory: optional(struct({ IsEnabled: optional(bool) })),
});

const document = xmlDocument('InventoryConfiguration', configuration);
const inventoryId = query('inventoryId', textCodec);

/** Has the objects of a bucket listed from time to time, as objects of a bucket. */
export const putBucketInventory = operation({
  name: 'PutBucketInventory',
  method: 'PUT',
  level: 'bucket',
  select: ['inventory', 'inventoryId'],
  input: { inventoryId, body: xmlBody(document) },
  output: {},
  errors: ['MalformedXML', 'InvalidArgument', 'InventoryAlreadyExist', 'InventoryExceedLimit', 'AccessDenied'],
});

export const getBucketInventory = operation({
  name: 'GetBucketInventory',
  method: 'GET',
  level: 'bucket',
  select: ['inventory', 'inventoryId'],
  input: { inventoryId },
  output: { result: xmlBody(document) },
  errors: ['NoSuchInventory'],
});

export const deleteBucketInventory = operation({
  name: 'DeleteBucketInventory',
  method: 'DELETE',
  level: 'bucket',
  select: ['inventory', 'inventoryId'],
  status: 204,
  input: { inventoryId },
  output: {},
});

export const listBucketInventory = operation({
  name: 'ListBucketInventory',
  method: 'GET',
  level: 'bucket',
  select: ['inventory'],
  // Vendor rule: whoever may see one may see all.
  action: 'oss:GetBucketInventory',
  input: { continuationToken: optionalField(query('continuation-token', textCodec)) },
  output: {
    result: xmlBody(
      xmlDocument(
        'ListInventoryConfigurationsResult',
        struct({
          InventoryConfiguration: list(configuration),
          IsTruncated: bool,
          ContinuationToken: optional(text),
          NextContinuationToken: optional(text),
        }),
      ),
    ),
  },
  errors: ['NoSuchInventory'],
});
