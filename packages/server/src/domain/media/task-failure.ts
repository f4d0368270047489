import { DomainError, type DomainErrorDetails, type DomainErrorKind } from '../errors.ts';
import type { Retry, TaskFailure } from '../tasks/task-kind.ts';

type Tell<K extends DomainErrorKind> = (details: DomainErrorDetails[K]) => TaskFailure;

const invalid = (message: string): TaskFailure => ({ code: 'InvalidArgument', message, retry: 'never' });
const missing = (message: string): TaskFailure => ({ code: 'ResourceNotFound', message, retry: 'never' });
const forbidden = (message: string): TaskFailure => ({ code: 'File access forbidden', message, retry: 'never' });
const internal = (message: string, retry: Retry): TaskFailure => ({ code: 'InternalError', message, retry });

/** The four codes of the 2020 task format, by what went wrong; only what another attempt could cure is tried again. */
const tellings: { [K in DomainErrorKind]?: Tell<K> } = {
  AccessDenied: ({ reason }) => forbidden(reason),
  BucketMissing: ({ bucket }) => missing(`The bucket ${bucket} does not exist.`),
  ObjectMissing: ({ key }) => missing(`The object ${key} does not exist.`),
  ObjectExists: ({ key }) => forbidden(`The object ${key} exists, and the bucket forbids to overwrite it.`),
  ObjectRetained: ({ key }) => forbidden(`The object ${key} exists, and a retention policy keeps it as it is.`),
  InvalidBucketName: ({ bucket }) => invalid(`The bucket name ${bucket} is not valid.`),
  InvalidObjectKey: ({ key, reason }) => invalid(`The object key ${key} is not valid. ${reason}`),
  ProcessInvalid: ({ parameter, value, reason }) =>
    invalid(`The value: ${value} of parameter: ${parameter} is invalid. ${reason}`),
  CropOutside: ({ parameter, value }) =>
    invalid(`The value: ${value} of parameter: ${parameter} is invalid. It begins outside of the picture.`),
  WatermarkUnusable: ({ key, reason }) => invalid(`The watermark ${key} cannot be used. ${reason}`),
  MediaUnreadable: ({ reason }) => invalid(reason),
  MediaTooLarge: ({ reason }) => invalid(reason),
  MediaUnsupported: ({ reason }) => invalid(reason),
  BodyTooLarge: ({ limit }) => invalid(`An output is larger than the ${limit} bytes an object may have.`),
  EngineMissing: ({ reason }) => internal(reason, 'never'),
  EngineFailed: ({ reason }) => internal(reason, 'once'),
  EngineBusy: ({ reason }) => internal(reason, 'later'),
  StorageReadOnly: () => internal('The storage does not take writes at the moment.', 'again'),
  BlobDamaged: () => internal('The stored bytes of the source are damaged.', 'never'),
};

/** What an error means to whoever asked for the work. Unforeseen ones say nothing of the inside. */
export function mediaTaskFailure(error: unknown): TaskFailure {
  return (error instanceof DomainError ? tell(error) : undefined) ?? internal('The work failed unexpectedly.', 'again');
}

function tell<K extends DomainErrorKind>(error: DomainError<K>): TaskFailure | undefined {
  return tellings[error.kind]?.(error.details);
}
