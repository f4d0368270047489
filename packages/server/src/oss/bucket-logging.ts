import { served } from '@millrace/protocol/oss';
import { XmlError } from '@millrace/protocol/xml';
import { isDomainError } from '../domain/errors.ts';
import type { LoggingSetting } from '../domain/settings/bucket-settings.ts';
import { deleteHandler, documentHandlers } from './bucket-document.ts';
import { handle } from './call.ts';
import { OssError } from './oss-error.ts';

/** Vendor limits. */
const PREFIX = /^(\p{L}[\p{L}\p{M}\p{N}_/.+-]{0,31})?$/u;
const MAX_HEADERS = 5;
const MAX_PARAMETERS = 5;
const MAX_NAME_CHARACTERS = 128;

/** A document without LoggingEnabled switches logging off: older clients have no other way. */
export const putBucketLogging = handle(served.PutBucketLogging, async ({ body }, call) => {
  const { LoggingEnabled: enabled } = body;
  if (!enabled) {
    await call.settings.unset(call.bucket, 'logging');
    return {};
  }
  const { TargetBucket: target, TargetPrefix: prefix = '', LoggingRole: role } = enabled;
  if (!PREFIX.test(prefix)) {
    throw new OssError('InvalidArgument', {
      message: 'The TargetPrefix has at most 32 letters, digits or - + _ / . and begins with a letter.',
      elements: { ArgumentName: 'TargetPrefix', ArgumentValue: prefix },
    });
  }
  const bucket = await call.buckets.get(target).catch((error: unknown) => {
    if (isDomainError(error, 'BucketMissing')) return undefined;
    throw error;
  });
  if (bucket?.ownerId !== call.bucket.ownerId) {
    throw new OssError('InvalidTargetBucketForLogging', { elements: { TargetBucket: target } });
  }
  // Logs are written as the server, not as whoever asked for them: the right to write there is looked at now.
  const key = `${prefix}${call.bucket.name}*`;
  await call.access.require(call.principal, served.PutObject.action, { bucket, key });
  const setting: LoggingSetting = { bucket: target, prefix, ...(role !== undefined && { role }) };
  await call.settings.set(call.bucket, 'logging', setting);
  return {};
});

export const getBucketLogging = handle(served.GetBucketLogging, async (_input, call) => {
  const logging = await call.settings.get(call.bucket, 'logging');
  return {
    result: {
      LoggingEnabled: logging && {
        TargetBucket: logging.bucket,
        TargetPrefix: logging.prefix,
        LoggingRole: logging.role,
      },
    },
  };
});

export const deleteBucketLogging = deleteHandler(served.DeleteBucketLogging, 'logging');

const fields = documentHandlers(
  { put: served.PutUserDefinedLogFieldsConfig, get: served.GetUserDefinedLogFieldsConfig },
  {
    setting: 'logFields',
    unset: 'NoSuchUserDefinedLogFieldsConfig',
    read: ({ HeaderSet, ParamSet }) => ({
      headers: checkNames(HeaderSet?.header ?? [], 'HeaderSet>header', MAX_HEADERS),
      parameters: checkNames(ParamSet?.parameter ?? [], 'ParamSet>parameter', MAX_PARAMETERS),
    }),
    write: ({ headers, parameters }) => ({ HeaderSet: { header: headers }, ParamSet: { parameter: parameters } }),
  },
);

export const putUserDefinedLogFieldsConfig = fields.put;
export const getUserDefinedLogFieldsConfig = fields.get;
export const deleteUserDefinedLogFieldsConfig = deleteHandler(served.DeleteUserDefinedLogFieldsConfig, 'logFields');

function checkNames(names: string[], where: string, limit: number): string[] {
  if (names.length > limit) throw new XmlError(`The element ${where} may stand ${limit} times.`);
  for (const name of names) {
    if (name === '' || name.length > MAX_NAME_CHARACTERS) {
      throw new XmlError(`The element ${where} has 1 to ${MAX_NAME_CHARACTERS} characters.`);
    }
  }
  return names;
}
