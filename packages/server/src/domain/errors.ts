import type { Denial, EntityName } from './access/identity.ts';

/**
 * Everything the domain refuses, by kind. Front ends map each kind to their protocol's code; nothing here knows a status
 * code or a wire name. Anything thrown that is not a `DomainError` is a defect and is answered as an internal error.
 */
export interface DomainErrorDetails {
  /** `denial` says who wanted what and which statement decided, where policies did. */
  AccessDenied: { reason: string; denial?: Denial | undefined };
  BucketExists: { bucket: string };
  BucketMissing: { bucket: string };
  BucketNotEmpty: { bucket: string };
  InvalidBucketName: { bucket: string };
  InvalidObjectKey: { key: string; reason: string };
  /** `markerId` names the delete marker that hides it, where there is one. */
  ObjectMissing: { key: string; markerId?: string };
  VersionMissing: { key: string; versionId: string };
  /** A delete marker was named where an object is needed. */
  VersionIsMarker: { key: string; versionId: string };
  ObjectExists: { key: string };
  /** Its bucket keeps it as it is until then. */
  ObjectRetained: { key: string; untilMs: number };
  /** This version is kept as it is: until then, or without an end by a hold. */
  VersionLocked: { key: string; untilMs?: number };
  RetentionMissing: { bucket: string };
  RetentionExists: { bucket: string };
  RetentionLocked: { bucket: string };
  RetentionInvalid: { reason: string };
  /** A bucket cannot have a retention while versioning is suspended; `by` says which of the two is there already. */
  RetentionExcluded: { by: 'versioning' | 'retention' | 'locks' };
  /** Versions can be locked where they are kept, and the bucket has no retention for all of them. */
  LocksExcluded: { by: 'versioning' | 'retention' };
  /** Nobody has made the versions of this bucket lockable. */
  LocksOff: { bucket: string };
  LockMissing: { key: string };
  /** An appendable object has no versions that could be locked: the two are not to be had together. */
  LocksExcludeAppend: { key: string };
  ObjectNotAppendable: { key: string };
  AppendPositionMismatch: { key: string; length: number };
  /** A symbolic link that points at nothing, or at another link. */
  LinkTargetMissing: { key: string; target: string };
  LinkTargetInvalid: { key: string; target: string };
  NotALink: { key: string };
  TagInvalid: { key: string; value: string; reason: string };
  TooManyTags: { limit: number };
  /** Its bytes are not to be had before it has been restored. */
  ObjectArchived: { key: string; storageClass: string };
  ObjectNotArchived: { key: string; storageClass: string };
  RestorationOngoing: { key: string };
  /** How soon is not to be chosen for objects of this class. */
  RestorationTierless: { key: string };
  /** There is no readable copy to give up: not any more, or not yet. */
  RestorationMissing: { key: string };
  RestorationUnfinished: { key: string };
  PreconditionFailed: { condition: string };
  NotModified: { etag: string; lastModifiedMs: number };
  RangeNotSatisfiable: { size: number };
  UploadMissing: { uploadId: string };
  PartInvalid: { partNumber: number; etag: string };
  PartsOutOfOrder: Record<string, never>;
  PartTooSmall: { partNumber: number; size: number; etag: string };
  PartNotSequential: { partNumber: number };
  BodyIncomplete: { expected: number; received: number };
  /** So slow that it may never end. `received` bytes came in the `seconds` last looked at. */
  BodyTooSlow: { bytesPerSecond: number; received: number; seconds: number };
  BodyTooLarge: { limit: number; proposed: number };
  DigestMismatch: { expected: string; calculated: string };
  ChecksumMismatch: { expected: string; calculated: string };
  /** Stored bytes no longer match their checksum, or are gone: never served. */
  BlobDamaged: { blob: string; reason: string; key?: string };
  /** The master key that a blob is encrypted under is not among those of this server. */
  KeyMissing: { keyId: string; blob: string; key?: string };
  InvalidArgument: { name: string; value: string; reason: string };
  TooManyBuckets: { limit: number };
  /** A bucket has as many of a kind of named things as it may. */
  TooManyItems: { kind: string; limit: number };
  /** Another bucket has it, and only one may. */
  ItemTaken: { kind: string; name: string };
  ItemMissing: { kind: string; name: string };
  /** `of` says in what it is missing, or exists: a policy attached to a user, the group of a user. */
  EntityMissing: { entity: EntityName; name: string; of?: EntityName };
  EntityExists: { entity: EntityName; name: string; of?: EntityName };
  /** It cannot go while something else hangs on it. */
  EntityInUse: { entity: EntityName; name: string; by: EntityName };
  TooManyEntities: { entity: EntityName; limit: number; of?: EntityName };
  PolicyMalformed: { reason: string; tooLong: boolean };
  /** Whoever wants a domain name has not shown that it is theirs. */
  DomainUnproven: { domain: string };
  StyleMissing: { name: string };
  StorageReadOnly: { reason: string };
  QueueMissing: { queue: string };
  QueueExists: { queue: string };
  TopicMissing: { topic: string };
  TopicExists: { topic: string };
  SubscriptionMissing: { subscription: string };
  SubscriptionExists: { subscription: string };
  NoMessage: { queue: string };
  ReceiptHandleInvalid: { handle: string };
  /** Its queue lets through so many receives in a second and no more. */
  RateExceeded: { queue: string; perSecond: number };
  /** A process string that does not parse or does not validate. `parameter` names what to change. */
  ProcessInvalid: {
    operation: string;
    parameter: string;
    value: string;
    reason: string;
    lack?: 'missing' | 'repeated' | 'task' | undefined;
  };
  /** A rectangle to be cut out begins outside of the picture. */
  CropOutside: { parameter: string; value: number };
  /** What is to be put over a picture is not there, or is none. */
  WatermarkUnusable: { key: string; reason: string };
  /** The source cannot be decoded, is encrypted, or is not what it claims to be. `format` is what it was taken for. */
  MediaUnreadable: { reason: string; format?: string };
  /** A limit on pixels, pages, bytes or time was reached. */
  MediaTooLarge: { limit: string; reason: string };
  /** The engine for this operation does not do this combination. */
  MediaUnsupported: { reason: string };
  /** What the operation needs is not installed on this machine, or may not run on it. */
  EngineMissing: { reason: string };
  /** What a query asks for cannot be had from this object; `fault` says whether statement or data are to change. */
  SelectFailed: { fault: 'statement' | 'data'; reason: string };
  /** `killed`: the engine was ended from outside, which says nothing of what it was given. */
  EngineFailed: { reason: string; killed?: true };
  /** More work waits for the engine than it will ever get to soon; the same request may succeed later. */
  EngineBusy: { reason: string };
  ProjectMissing: { project: string };
  ProjectExists: { project: string };
  /** It cannot go while something belongs to it; `by` says what. */
  ProjectInUse: { project: string; by: string };
  TooManyProjects: { limit: number };
  /** The bucket belongs to a project already, and may to one only. */
  BucketBound: { bucket: string; project: string };
  BindingMissing: { bucket: string };
  IngestionMissing: { id: string };
  /** It has ended, and does not begin again. */
  IngestionOver: { id: string; state: string };
  DatasetMissing: { dataset: string };
  DatasetExists: { dataset: string };
  /** It cannot go while files or buckets belong to it. */
  DatasetInUse: { dataset: string };
  FileMetaMissing: { uri: string };
  /** There are as many files in the dataset as there may be. */
  TooManyFiles: { dataset: string; limit: number };
  TaskMissing: { taskId: string };
  /** The lease under which the work ran belongs to somebody else now. */
  LeaseLost: { taskId: string };
}

export type DomainErrorKind = keyof DomainErrorDetails;

export class DomainError<K extends DomainErrorKind = DomainErrorKind> extends Error {
  readonly kind: K;
  readonly details: DomainErrorDetails[K];
  constructor(kind: K, details: DomainErrorDetails[K], options?: { cause?: unknown }) {
    super(`${kind}: ${JSON.stringify(details)}`, options);
    this.name = 'DomainError';
    this.kind = kind;
    this.details = details;
  }
}

/** Narrows to one kind, so that its details are typed. */
export function isDomainError<K extends DomainErrorKind>(error: unknown, kind: K): error is DomainError<K> {
  return error instanceof DomainError && error.kind === kind;
}
