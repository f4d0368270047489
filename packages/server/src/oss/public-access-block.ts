import { served } from '@millrace/protocol/oss';
import { type Call, handle } from './call.ts';

/** Only somebody of an account has passed the check of the action: the account is that one. */
const accountOf = ({ principal }: Call): string => (principal.kind === 'anonymous' ? '' : principal.accountId);

export const putPublicAccessBlock = handle(served.PutPublicAccessBlock, async (input, call) => {
  const { BlockPublicAccess: block } = input.configuration;
  await call.accounts.setAccountSetting(accountOf(call), 'publicAccessBlock', { block });
  return {};
});

export const getPublicAccessBlock = handle(served.GetPublicAccessBlock, async (_input, call) => {
  const set = await call.accounts.accountSetting(accountOf(call), 'publicAccessBlock');
  return { result: { BlockPublicAccess: set?.block ?? false } };
});

export const deletePublicAccessBlock = handle(served.DeletePublicAccessBlock, async (_input, call) => {
  await call.accounts.setAccountSetting(accountOf(call), 'publicAccessBlock', undefined);
  return {};
});

export const putBucketPublicAccessBlock = handle(served.PutBucketPublicAccessBlock, async (input, call) => {
  const { BlockPublicAccess: block } = input.configuration;
  await call.settings.set(call.bucket, 'publicAccessBlock', { block });
  return {};
});

export const getBucketPublicAccessBlock = handle(served.GetBucketPublicAccessBlock, async (_input, call) => {
  const set = await call.settings.get(call.bucket, 'publicAccessBlock');
  return { result: { BlockPublicAccess: set?.block ?? false } };
});

export const deleteBucketPublicAccessBlock = handle(served.DeleteBucketPublicAccessBlock, async (_input, call) => {
  await call.settings.unset(call.bucket, 'publicAccessBlock');
  return {};
});
