import { integer, optional, required, text } from '../rpc/field.ts';
import { rpcOperation } from '../rpc/operation.ts';

/** https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole */
export const assumeRole = rpcOperation<{
  AssumedRoleUser: { Arn: string; AssumedRoleId: string };
  Credentials: { AccessKeyId: string; AccessKeySecret: string; SecurityToken: string; Expiration: string };
  SourceIdentity?: string | undefined;
}>()({
  name: 'AssumeRole',
  input: {
    RoleArn: required(text),
    RoleSessionName: required(text),
    DurationSeconds: optional(integer),
    Policy: optional(text),
    ExternalId: optional(text),
    SourceIdentity: optional(text),
  },
});
