import { RpcError } from '@millrace/protocol/rpc';
import { DomainError, isDomainError } from '../domain/errors.ts';

type Version = '2017' | '2020';

/** What the actions of a version refuse differently from those of other services. Undefined for all else. */
export const immRefusal =
  (version: Version) =>
  (error: unknown): RpcError | undefined => {
    if (error instanceof RpcError) return version === '2020' ? joined(error) : undefined;
    if (!(error instanceof DomainError)) return undefined;
    const missing = (what: string, name: string, code: 'InvalidProject' | 'InvalidResource'): RpcError =>
      version === '2020'
        ? new RpcError('ResourceNotFound', `The specified resource ${what} is not found.`, { Resource: name })
        : new RpcError(`${code}.NotFound`, `The specified ${what} ${name} is not found.`);
    const exists = (what: string): RpcError =>
      new RpcError('ResourceAlreadyExists', `The specified resource ${what} already exists.`);
    const invalid = (reason: string): RpcError =>
      new RpcError(version === '2020' ? 'InvalidArgument' : 'InvalidParameter', reason);
    if (isDomainError(error, 'InvalidArgument') && version === '2020') {
      const { name: given, reason } = error.details;
      const name = given === 'Project' ? 'ProjectName' : given;
      return new RpcError(`Invalid${name}`, `Specified parameter ${name} is not valid. ${reason}`);
    }
    if (isDomainError(error, 'ProjectMissing')) return missing('Project', error.details.project, 'InvalidProject');
    if (isDomainError(error, 'TaskMissing')) return missing('Task', error.details.taskId, 'InvalidResource');
    if (isDomainError(error, 'BindingMissing')) return missing('Attachment', error.details.bucket, 'InvalidResource');
    if (isDomainError(error, 'DatasetMissing')) return missing('Dataset', error.details.dataset, 'InvalidResource');
    if (isDomainError(error, 'FileMetaMissing')) return missing('File', error.details.uri, 'InvalidResource');
    if (isDomainError(error, 'IngestionMissing')) {
      const { id } = error.details;
      const kinds = { batch: 'Batch', trigger: 'Trigger', binding: 'Binding' };
      const [kind = ''] = id.split(/[- ]/, 1);
      return missing(kinds[kind as keyof typeof kinds] ?? 'Resource', id, 'InvalidResource');
    }
    if (isDomainError(error, 'BucketMissing')) return missing('OSSBucket', error.details.bucket, 'InvalidResource');
    if (isDomainError(error, 'ObjectMissing')) return missing('File', error.details.key, 'InvalidResource');
    if (isDomainError(error, 'LinkTargetMissing')) return missing('File', error.details.target, 'InvalidResource');
    if (isDomainError(error, 'ProjectExists')) return exists('Project');
    if (isDomainError(error, 'BucketBound')) return exists('Attachment');
    if (isDomainError(error, 'DatasetExists')) return exists('Dataset');
    if (isDomainError(error, 'ProjectInUse')) {
      const { project, by } = error.details;
      return new RpcError('DeleteConflict.Project', `Take ${by} away from the project ${project} first.`);
    }
    if (isDomainError(error, 'DatasetInUse')) {
      const reason = `Delete the files and bindings of the dataset ${error.details.dataset} first.`;
      return new RpcError('DeleteConflict.Dataset', reason);
    }
    if (isDomainError(error, 'IngestionOver')) {
      return new RpcError('InvalidArgument', `${error.details.id} is ${error.details.state} and does not go on.`);
    }
    if (isDomainError(error, 'TooManyFiles')) {
      const { dataset, limit } = error.details;
      return new RpcError('LimitExceededError', `The dataset ${dataset} may have ${limit} files.`);
    }
    if (isDomainError(error, 'TooManyItems')) {
      return new RpcError('LimitExceededError', `There may be ${error.details.limit}. Delete one first.`);
    }
    if (isDomainError(error, 'TooManyProjects')) {
      return new RpcError('LimitExceededError', `There may be ${error.details.limit} projects. Delete one first.`);
    }
    if (isDomainError(error, 'InvalidBucketName'))
      return invalid(`The bucket name ${error.details.bucket} is not valid.`);
    if (isDomainError(error, 'InvalidObjectKey'))
      return invalid(`The object key is not valid. ${error.details.reason}`);
    if (isDomainError(error, 'ProcessInvalid')) {
      const { parameter, value, reason } = error.details;
      return invalid(`The value ${value} of ${parameter} is not valid. ${reason}`);
    }
    if (isDomainError(error, 'CropOutside')) {
      return invalid(`The value ${error.details.value} of ${error.details.parameter} begins outside of the picture.`);
    }
    if (isDomainError(error, 'ObjectArchived'))
      return invalid(`The file ${error.details.key} is archived: restore it first.`);
    if (isDomainError(error, 'MediaTooLarge') || isDomainError(error, 'MediaUnreadable'))
      return invalid(error.details.reason);
    if (isDomainError(error, 'MediaUnsupported') || isDomainError(error, 'EngineMissing')) {
      return new RpcError('UnsupportedOperation', error.details.reason);
    }
    if (isDomainError(error, 'EngineBusy')) return new RpcError('Throttling', error.details.reason);
    return undefined;
  };

/** The newer version writes `InvalidTargets` where the older has `InvalidParameter.Targets`. */
function joined(error: RpcError): RpcError | undefined {
  const [family, ...rest] = error.code.split('.');
  if (family !== 'InvalidParameter' || rest.length === 0) return undefined;
  return new RpcError(`Invalid${rest.join('')}`, error.message);
}
