import { served } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { versionHeader } from './object-headers.ts';

export const putObjectLegalHold = handle(served.PutObjectLegalHold, async ({ key, versionId, body }, call) => {
  const { bucket } = call;
  const changed = await call.retentions.hold({ bucket, key, versionId }, body.Status === 'ON');
  return { versionId: versionHeader(bucket, changed) };
});

export const getObjectLegalHold = handle(served.GetObjectLegalHold, async ({ key, versionId }, call) => {
  const { bucket } = call;
  const object = await call.objects.get(bucket, key, versionId);
  return {
    versionId: versionHeader(bucket, object.versionId),
    result: { Status: object.traits.held ? ('ON' as const) : ('OFF' as const) },
  };
});
