import { served } from '@millrace/protocol/oss';
import { DomainError } from '../domain/errors.ts';
import { TRIAL_MS } from '../domain/objects/retention.ts';
import { handle } from './call.ts';

export const initiateBucketWorm = handle(served.InitiateBucketWorm, async ({ body }, call) => ({
  wormId: await call.retentions.initiate(call.bucket, body.RetentionPeriodInDays),
}));

export const abortBucketWorm = handle(served.AbortBucketWorm, async (_input, call) => {
  await call.retentions.abort(call.bucket);
  return {};
});

export const completeBucketWorm = handle(served.CompleteBucketWorm, async ({ wormId }, call) => {
  await call.retentions.lock(call.bucket, wormId);
  return {};
});

export const extendBucketWorm = handle(served.ExtendBucketWorm, async ({ wormId, body }, call) => {
  await call.retentions.extend(call.bucket, wormId, body.RetentionPeriodInDays);
  return {};
});

export const getBucketWorm = handle(served.GetBucketWorm, async (_input, { bucket, retentions }) => {
  const retention = retentions.of(bucket);
  if (!retention) throw new DomainError('RetentionMissing', { bucket: bucket.name });
  const { id, days, createdMs, locked } = retention;
  return {
    result: {
      WormId: id,
      State: locked ? ('Locked' as const) : ('InProgress' as const),
      RetentionPeriodInDays: days,
      CreationDate: createdMs,
      ExpirationDate: locked ? undefined : createdMs + TRIAL_MS,
    },
  };
});
