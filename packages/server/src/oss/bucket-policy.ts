import { served } from '@millrace/protocol/oss';
import { checkDocument } from '../domain/access/identity-service.ts';
import { parsePolicy } from '../domain/access/policy/document.ts';
import { handle } from './call.ts';
import { OssError } from './oss-error.ts';

export const putBucketPolicy = handle(served.PutBucketPolicy, async (input, call) => {
  checkDocument('bucket', input.document);
  await call.settings.set(call.bucket, 'policy', { document: input.document });
  return {};
});

export const getBucketPolicy = handle(served.GetBucketPolicy, async (_input, call) => {
  const policy = await call.settings.get(call.bucket, 'policy');
  if (policy === undefined) {
    throw new OssError('NoSuchBucketPolicy', { elements: { BucketName: call.bucket.name } });
  }
  return { document: policy.document };
});

export const deleteBucketPolicy = handle(served.DeleteBucketPolicy, async (_input, call) => {
  await call.settings.unset(call.bucket, 'policy');
  return {};
});

export const getBucketPolicyStatus = handle(served.GetBucketPolicyStatus, async (_input, call) => {
  const policy = await call.settings.get(call.bucket, 'policy');
  const { statements } = policy ? parsePolicy('bucket policy', 'bucket', policy.document) : { statements: [] };
  return { result: { IsPublic: statements.some(({ isPublic }) => isPublic) } };
});
