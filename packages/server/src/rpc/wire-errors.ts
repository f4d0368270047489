import { RpcError, type RpcErrorCode } from '@millrace/protocol/rpc';
import type { EntityName } from '../domain/access/identity.ts';
import { DomainError, isDomainError } from '../domain/errors.ts';
import { accessDeniedDetail } from '../http/denial.ts';

const entityWords: Readonly<Record<EntityName, string>> = {
  user: 'User',
  group: 'Group',
  role: 'Role',
  policy: 'Policy',
  'access key': 'AccessKey',
  'policy version': 'Policy.Version',
};

/** `User`, or `User.Policy` for a policy of a user. */
const codeOf = (entity: EntityName, of: EntityName | undefined): string =>
  of === undefined ? entityWords[entity] : `${entityWords[of]}.${entityWords[entity]}`;

/** What a client is told of something thrown. Undefined for a defect, which only the log may know. */
export function wireError(error: unknown, service: string): RpcError | undefined {
  if (error instanceof RpcError) return error;
  if (!(error instanceof DomainError)) return undefined;
  if (isDomainError(error, 'AccessDenied')) {
    const detail = accessDeniedDetail(error.details.denial);
    return new RpcError('NoPermission', error.details.reason, detail && { AccessDeniedDetail: detail });
  }
  if (isDomainError(error, 'InvalidArgument')) {
    const { name, reason } = error.details;
    return new RpcError(`InvalidParameter.${name}`, `The specified ${name} is not valid. ${reason}`);
  }
  if (isDomainError(error, 'PolicyMalformed')) {
    const { reason, tooLong } = error.details;
    const code: RpcErrorCode =
      service === 'Sts' ? `InvalidParameter.${tooLong ? 'PolicySize' : 'PolicyGrammar'}` : 'MalformedPolicyDocument';
    return new RpcError(code, reason);
  }
  if (isDomainError(error, 'EntityMissing')) {
    const { entity, name, of } = error.details;
    const where = of === undefined ? 'does not exist' : `is not one of the ${of}'s`;
    return new RpcError(`EntityNotExist.${codeOf(entity, of)}`, `The ${entity} ${name} ${where}.`);
  }
  if (isDomainError(error, 'EntityExists')) {
    const { entity, name, of } = error.details;
    const where = of === undefined ? 'exists' : `is one of the ${of}'s`;
    return new RpcError(`EntityAlreadyExists.${codeOf(entity, of)}`, `The ${entity} ${name} ${where} already.`);
  }
  if (isDomainError(error, 'EntityInUse')) {
    const { entity, name, by } = error.details;
    const message = `The ${entity} ${name} cannot be deleted while it has, or is used by, a ${by}.`;
    return new RpcError(`DeleteConflict.${entityWords[entity]}.${entityWords[by]}`, message);
  }
  if (isDomainError(error, 'TooManyEntities')) {
    const { entity, limit, of } = error.details;
    return new RpcError(`LimitExceeded.${codeOf(entity, of)}`, `There may be ${limit} at most. Delete one first.`);
  }
  return isDomainError(error, 'StorageReadOnly') ? new RpcError('ServiceUnavailable') : undefined;
}
