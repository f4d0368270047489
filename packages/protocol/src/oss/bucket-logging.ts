import { list, optional, struct, text, xmlDocument } from '../xml/index.ts';
import { deleteDocument, getDocument, putDocument } from './bucket-document.ts';

const status = xmlDocument(
  'BucketLoggingStatus',
  struct({
    LoggingEnabled: optional(struct({ TargetBucket: text, TargetPrefix: optional(text), LoggingRole: optional(text) })),
  }),
);

export const putBucketLogging = putDocument('PutBucketLogging', 'logging', status, {
  errors: ['MalformedXML', 'InvalidTargetBucketForLogging'],
});
export const getBucketLogging = getDocument('GetBucketLogging', 'logging', status);
export const deleteBucketLogging = deleteDocument('DeleteBucketLogging', 'logging');

const fields = xmlDocument(
  'UserDefinedLogFieldsConfiguration',
  struct({
    HeaderSet: optional(struct({ header: list(text) })),
    ParamSet: optional(struct({ parameter: list(text) })),
  }),
);
const resource = 'userDefinedLogFieldsConfig';

export const putUserDefinedLogFieldsConfig = putDocument('PutUserDefinedLogFieldsConfig', resource, fields);
export const getUserDefinedLogFieldsConfig = getDocument('GetUserDefinedLogFieldsConfig', resource, fields, {
  errors: ['NoSuchUserDefinedLogFieldsConfig'],
});
export const deleteUserDefinedLogFieldsConfig = deleteDocument('DeleteUserDefinedLogFieldsConfig', resource);
