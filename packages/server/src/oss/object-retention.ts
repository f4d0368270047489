import { served } from '@millrace/protocol/oss';
import { DomainError } from '../domain/errors.ts';
import { handle } from './call.ts';
import { versionHeader } from './object-headers.ts';
import { authorizeBypass, readMode, writeMode } from './worm-headers.ts';

export const putObjectRetention = handle(served.PutObjectRetention, async (input, call) => {
  const { bucket } = call;
  const { key, versionId, body } = input;
  const bypass = await authorizeBypass(input.bypassGovernance, [{ key, versionId }], call);
  const lock = { mode: readMode(body.Mode), untilMs: body.RetainUntilDate };
  const changed = await call.retentions.lockVersion({ bucket, key, versionId }, lock, bypass);
  return { versionId: versionHeader(bucket, changed) };
});

export const getObjectRetention = handle(served.GetObjectRetention, async ({ key, versionId }, call) => {
  const { bucket } = call;
  const object = await call.objects.get(bucket, key, versionId);
  const { lock } = object.traits;
  if (!lock) throw new DomainError('LockMissing', { key });
  return {
    versionId: versionHeader(bucket, object.versionId),
    result: { Mode: writeMode(lock.mode), RetainUntilDate: lock.untilMs },
  };
});
