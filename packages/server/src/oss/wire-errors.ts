import { classifyProcessFault, FieldError, type OssErrorCode } from '@millrace/protocol/oss';
import { XmlError } from '@millrace/protocol/xml';
import { DomainError, type DomainErrorDetails, type DomainErrorKind, isDomainError } from '../domain/errors.ts';
import { MIN_PART_BYTES } from '../domain/objects/upload-commands.ts';
import { accessDeniedDetail } from '../http/denial.ts';
import { invalidArgument, OssError } from './oss-error.ts';

type Mapping = { [K in DomainErrorKind]: (details: DomainErrorDetails[K]) => OssError };

/** These cannot come out of an OSS operation; if one does, it is a defect and answered as such. */
const foreign = (): OssError => new OssError('InternalError');

const markerHeaders = (versionId: string): Record<string, string> => ({
  'x-oss-delete-marker': 'true',
  'x-oss-version-id': versionId,
});

/** How the vendor classifies what is no picture, by what it was taken for. */
const DAMAGED: Readonly<Record<string, string>> = {
  unknown: '0040-00000005',
  webp: '0040-00000010',
  heic: '0040-00000020',
  avif: '0040-00000021',
};

/** … and the limits on pictures. */
const LIMITS: Readonly<Record<string, readonly [code: OssErrorCode, ec?: string]>> = {
  'source size': ['ImageTooLarge', '0040-00000001'],
  'source-bytes': ['ImageTooLarge', '0040-00000001'],
  'source-pixels': ['MemLimitExceeded', '0040-00000012'],
  'jpg-side': ['MemLimitExceeded', '0040-00000019'],
  'heic-side': ['MemLimitExceeded', '0040-00000013'],
  'tiff-side': ['MemLimitExceeded', '0040-00000018'],
  'avif-side': ['MemLimitExceeded', '0040-00000014'],
  'png-side': ['MemLimitExceeded'],
  'webp-side': ['MemLimitExceeded'],
  'gif-side': ['MemLimitExceeded'],
  'bmp-side': ['MemLimitExceeded'],
  'rotation-side': ['BadRequest', '0040-00000006'],
  'target-side': ['ImageTooLarge', '0040-00000007'],
  'target-pixels': ['ImageTooLarge', '0040-00000007'],
  'webp-target': ['ImageTooLarge', '0040-00000011'],
  'avif-target': ['ImageTooLarge', '0040-00000014'],
  'heic-target': ['ImageTooLarge'],
};

/** The wire's face of everything the domain refuses. A new kind does not compile until it has a line here. */
const mapping: Mapping = {
  AccessDenied({ reason, denial }) {
    const detail = accessDeniedDetail(denial);
    return new OssError('AccessDenied', {
      message: reason,
      nested: detail ? { AccessDeniedDetail: detail } : {},
    });
  },
  BucketExists: ({ bucket }) => new OssError('BucketAlreadyExists', { elements: { BucketName: bucket } }),
  BucketMissing: ({ bucket }) => new OssError('NoSuchBucket', { elements: { BucketName: bucket } }),
  BucketNotEmpty: ({ bucket }) => new OssError('BucketNotEmpty', { elements: { BucketName: bucket } }),
  InvalidBucketName: ({ bucket }) =>
    new OssError('InvalidBucketName', {
      message: 'A bucket name has 3 to 63 characters a-z, 0-9 and -, and begins and ends with a letter or digit.',
      elements: { BucketName: bucket },
    }),
  InvalidObjectKey: ({ key, reason }) =>
    new OssError('InvalidObjectName', { message: reason, elements: { ObjectName: key } }),
  ObjectMissing: ({ key, markerId }) =>
    new OssError('NoSuchKey', {
      elements: { Key: key },
      ...(markerId !== undefined && { headers: markerHeaders(markerId) }),
    }),
  VersionMissing: ({ key, versionId }) =>
    new OssError('NoSuchVersion', { elements: { Key: key, VersionId: versionId } }),
  VersionIsMarker: ({ versionId }) =>
    new OssError('MethodNotAllowed', {
      ec: '0003-00000016',
      elements: { ResourceType: 'DeleteMarker' },
      headers: markerHeaders(versionId),
    }),
  ObjectExists: ({ key }) => new OssError('FileAlreadyExists', { elements: { Key: key } }),
  ObjectRetained: ({ key, untilMs }) =>
    new OssError('FileImmutable', {
      message: `A retention policy of the bucket keeps this object as it is until ${new Date(untilMs).toISOString()}.`,
      elements: { Key: key },
    }),
  VersionLocked: ({ key, untilMs }) =>
    new OssError('FileImmutable', {
      message:
        untilMs === undefined
          ? 'A legal hold keeps this version of the object as it is. Take it off first.'
          : `The retention of this version of the object keeps it as it is until ${new Date(untilMs).toISOString()}.`,
      elements: { Key: key },
    }),
  RetentionMissing: ({ bucket }) => new OssError('NoSuchWORMConfiguration', { elements: { BucketName: bucket } }),
  RetentionExists: ({ bucket }) => new OssError('WORMConfigurationAlreadyExists', { elements: { BucketName: bucket } }),
  RetentionLocked: ({ bucket }) => new OssError('WORMConfigurationLocked', { elements: { BucketName: bucket } }),
  RetentionInvalid: ({ reason }) => new OssError('InvalidWORMConfiguration', { message: reason }),
  RetentionExcluded({ by }) {
    switch (by) {
      case 'versioning':
        return new OssError('InvalidWORMConfiguration', {
          ec: '0027-00000003',
          message: 'A bucket whose versioning is suspended cannot have a retention policy. Enable versioning first.',
        });
      case 'locks':
        return new OssError('InvalidWORMConfiguration', {
          message: 'A bucket with retention of single objects cannot have a retention policy for all of them.',
        });
      case 'retention':
        return invalidArgument(
          'Status',
          'Suspended',
          'Versioning of a bucket that has a retention policy cannot be suspended.',
          '0012-00000006',
        );
    }
  },
  LocksExcluded: ({ by }) =>
    new OssError('InvalidWORMConfiguration', {
      message:
        by === 'versioning'
          ? 'Retention of single objects needs versioning. Enable versioning first.'
          : 'A bucket with a retention policy cannot have retention of single objects.',
    }),
  LocksOff: ({ bucket }) =>
    new OssError('InvalidRequest', {
      message: 'The bucket has no retention of single objects. Enable it with PutBucketObjectWormConfiguration first.',
      elements: { BucketName: bucket },
    }),
  LockMissing: ({ key }) =>
    new OssError('NoSuchWORMConfiguration', {
      message: 'This version of the object has no retention.',
      elements: { Key: key },
    }),
  LocksExcludeAppend: ({ key }) =>
    new OssError('OperationNotSupported', {
      message: 'Appendable objects and retention of single objects cannot be had together.',
      elements: { Key: key },
    }),
  ObjectNotAppendable: ({ key }) => new OssError('ObjectNotAppendable', { elements: { Key: key } }),
  AppendPositionMismatch: ({ key, length }) =>
    // oss2 reads the header without looking whether it is there.
    new OssError('PositionNotEqualToLength', {
      elements: { Key: key },
      headers: { 'x-oss-next-append-position': String(length) },
    }),
  LinkTargetMissing: ({ key, target }) =>
    new OssError('SymlinkTargetNotExist', { elements: { Key: key, Target: target } }),
  LinkTargetInvalid: ({ key, target }) => new OssError('InvalidTargetType', { elements: { Key: key, Target: target } }),
  NotALink: ({ key }) => new OssError('NotSymlink', { elements: { Key: key } }),
  TagInvalid: ({ key, value, reason }) =>
    new OssError('InvalidTag', { message: reason, elements: { TagKey: key, TagValue: value } }),
  TooManyTags: ({ limit }) => new OssError('TooManyTags', { message: `An object may have ${limit} tags.` }),
  ObjectArchived: ({ key }) => new OssError('InvalidObjectState', { elements: { Key: key } }),
  ObjectNotArchived: ({ key }) => new OssError('OperationNotSupported', { elements: { Key: key } }),
  RestorationOngoing: ({ key }) => new OssError('RestoreAlreadyInProgress', { elements: { Key: key } }),
  RestorationTierless: ({ key }) =>
    new OssError('MalformedXML', {
      message: 'JobParameters are for objects of the classes ColdArchive and DeepColdArchive. Leave them out.',
      elements: { Key: key },
    }),
  RestorationMissing: ({ key }) => new OssError('ArchiveRestoreFileStale', { elements: { Key: key } }),
  RestorationUnfinished: ({ key }) => new OssError('ArchiveRestoreNotFinished', { elements: { Key: key } }),
  PreconditionFailed: ({ condition }) => new OssError('PreconditionFailed', { elements: { Condition: condition } }),
  NotModified: ({ etag, lastModifiedMs }) =>
    new OssError('NotModified', {
      headers: { ETag: `"${etag}"`, 'Last-Modified': new Date(lastModifiedMs).toUTCString() },
    }),
  RangeNotSatisfiable: ({ size }) =>
    new OssError('InvalidRange', {
      elements: { ActualObjectSize: String(size) },
      headers: { 'Content-Range': `bytes */${size}` },
    }),
  UploadMissing: ({ uploadId }) => new OssError('NoSuchUpload', { elements: { UploadId: uploadId } }),
  PartInvalid: ({ partNumber, etag }) =>
    new OssError('InvalidPart', { elements: { PartNumber: String(partNumber), ETag: etag } }),
  PartsOutOfOrder: () => new OssError('InvalidPartOrder'),
  PartTooSmall: ({ partNumber, size, etag }) =>
    new OssError('EntityTooSmall', {
      elements: {
        ProposedSize: String(size),
        MinSizeAllowed: String(MIN_PART_BYTES),
        PartNumber: String(partNumber),
        ETag: etag,
      },
    }),
  PartNotSequential: ({ partNumber }) =>
    new OssError('PartNotSequential', { elements: { PartNumber: String(partNumber) } }),
  BodyIncomplete: ({ expected, received }) =>
    new OssError('IncompleteBody', { elements: { Expected: String(expected), Received: String(received) } }),
  BodyTooSlow: ({ bytesPerSecond }) =>
    new OssError('RequestTimeout', {
      message: `The body must be sent at ${bytesPerSecond} bytes per second or more, on average over half a minute.`,
    }),
  BodyTooLarge: ({ limit, proposed }) =>
    new OssError('EntityTooLarge', {
      elements: { ProposedSize: String(proposed), MaxSizeAllowed: String(limit) },
    }),
  DigestMismatch: ({ expected, calculated }) =>
    new OssError('InvalidDigest', { elements: { ExpectedDigest: expected, CalculatedDigest: calculated } }),
  ChecksumMismatch: ({ expected, calculated }) =>
    new OssError('InvalidCRC64', { elements: { ExpectedCRC64: expected, CalculatedCRC64: calculated } }),
  BlobDamaged: () => new OssError('InternalError', { message: 'The stored data of this object is damaged.' }),
  KeyMissing: () =>
    new OssError('InternalError', { message: 'The key that this object is encrypted with is missing on this server.' }),
  InvalidArgument: ({ name, value, reason }) => invalidArgument(name, value, reason),
  TooManyBuckets: ({ limit }) =>
    new OssError('TooManyBuckets', { message: `An account may have ${limit} buckets. Delete one first.` }),
  TooManyItems: ({ kind, limit }) =>
    kind === 'inventory'
      ? new OssError('InventoryExceedLimit', { message: `A bucket may have ${limit} inventories. Delete one first.` })
      : invalidArgument(kind, String(limit), `A bucket may have ${limit} of these (${kind}). Delete one first.`),
  DomainUnproven: ({ domain }) => new OssError('NeedVerifyDomainOwnership', { elements: { Domain: domain } }),
  StyleMissing: ({ name }) =>
    new OssError('NoSuchStyle', { message: 'The style you get is not found.', elements: { StyleName: name } }),
  ItemTaken: ({ kind, name }) =>
    kind === 'inventory'
      ? new OssError('InventoryAlreadyExist', { elements: { InventoryId: name } })
      : invalidArgument(kind, name, `Another bucket has the ${kind} ${name}.`),
  ItemMissing: foreign,
  EntityMissing: foreign,
  EntityExists: foreign,
  EntityInUse: foreign,
  TooManyEntities: foreign,
  PolicyMalformed: ({ reason }) => new OssError('MalformedPolicy', { message: reason }),
  StorageReadOnly: () => new OssError('ServiceUnavailable'),
  QueueMissing: foreign,
  QueueExists: foreign,
  TopicMissing: ({ topic }) => invalidArgument('topic', topic, 'The specified topic does not exist.'),
  TopicExists: foreign,
  SubscriptionMissing: foreign,
  SubscriptionExists: foreign,
  NoMessage: foreign,
  ReceiptHandleInvalid: foreign,
  RateExceeded: foreign,
  ProcessInvalid(fault) {
    const { parameter, value, reason, lack } = fault;
    // Vendor rule: what is no task of IMM's is an error of its client inside, with a code of that name.
    if (lack === 'task') {
      const route = 'ResourceNotFound, The specified resource Route is not found.';
      return new OssError('Imm Client', { message: `${route} ${value}: ${reason}` });
    }
    const ec = classifyProcessFault(fault);
    const message = `The value: ${value} of parameter: ${parameter} is invalid. ${reason}`.trim();
    // "A required value that is missing"; of the others, and of other families, only that it is not valid.
    if (lack !== 'missing' || ec === undefined) return invalidArgument(parameter, value, message, ec);
    return new OssError('MissingArgument', { message, ec, elements: { ArgumentName: parameter } });
  },
  CropOutside: ({ parameter, value }) =>
    new OssError('CutEdgeExceedRange', { elements: { ArgumentName: parameter, ArgumentValue: String(value) } }),
  WatermarkUnusable: ({ key, reason }) =>
    new OssError('WatermarkError', {
      ec: '0040-00000027',
      message: `The watermark ${key} cannot be used. ${reason}`,
      elements: { ArgumentName: 'image', ArgumentValue: key },
    }),
  MediaUnreadable({ reason, format = '' }) {
    const ec = DAMAGED[format];
    return new OssError(format === 'webp' ? 'BadWebPImage' : 'BadRequest', { message: reason, ...(ec && { ec }) });
  },
  MediaTooLarge({ limit, reason }) {
    const [code, ec] = LIMITS[limit] ?? ['ImageTooLarge'];
    return new OssError(code, { message: reason, ...(ec && { ec }) });
  },
  MediaUnsupported: ({ reason }) => new OssError('OperationNotSupported', { message: reason }),
  EngineMissing: ({ reason }) => new OssError('OperationNotSupported', { message: reason }),
  SelectFailed: ({ fault, reason }) =>
    new OssError(fault === 'statement' ? 'InvalidSqlParameter' : 'InvalidSelectData', { message: reason }),
  EngineFailed: () => new OssError('InternalError', { message: 'The processing engine failed. Please try again.' }),
  EngineBusy: ({ reason }) =>
    new OssError('ServiceUnavailable', { message: reason, ec: '0004-00000801', headers: { 'Retry-After': '1' } }),
  ProjectMissing: foreign,
  ProjectExists: foreign,
  ProjectInUse: foreign,
  TooManyProjects: foreign,
  BucketBound: foreign,
  BindingMissing: () => new OssError('Imm Client'),
  IngestionMissing: foreign,
  IngestionOver: foreign,
  DatasetMissing: foreign,
  DatasetExists: foreign,
  DatasetInUse: foreign,
  FileMetaMissing: foreign,
  TooManyFiles: foreign,
  TaskMissing: foreign,
  LeaseLost: foreign,
};

/**
 * Waits for what an upload of a part does, and classifies a missing upload as the vendor does for that operation. Kinds of
 * errors are the domain's, their classification goes by operation.
 */
export async function classifyMissingUpload<T>(work: Promise<T>, ec: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isDomainError(error, 'UploadMissing')) throw error;
    throw new OssError('NoSuchUpload', { ec, elements: { UploadId: error.details.uploadId }, cause: error });
  }
}

/** Waits for a picture, and classifies a missing source as the vendor does where something was to be made of it. */
export async function classifyMissingSource<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isDomainError(error, 'ObjectMissing') || error.details.markerId !== undefined) throw error;
    throw new OssError('NoSuchKey', { ec: '0040-00000024', elements: { Key: error.details.key }, cause: error });
  }
}

/** What the client is told of an error; undefined when it is a defect of ours that only the log may know. */
export function toOssError(error: unknown): OssError | undefined {
  if (error instanceof OssError) return error;
  if (error instanceof DomainError) return mapDomainError(error);
  if (error instanceof XmlError) {
    return new OssError('MalformedXML', {
      message: `The XML you provided was not well-formed or did not validate against our published schema. ${error.message}`,
    });
  }
  if (error instanceof FieldError) {
    return error.value === undefined
      ? new OssError('MissingArgument', { message: error.message, elements: { ArgumentName: error.parameter } })
      : invalidArgument(error.parameter, error.value, error.message);
  }
  return undefined;
}

function mapDomainError<K extends DomainErrorKind>(error: DomainError<K>): OssError {
  return mapping[error.kind](error.details);
}
