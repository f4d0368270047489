import { served } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { versionHeader } from './object-headers.ts';
import { ownerOf } from './owner.ts';

export const putObjectAcl = handle(served.PutObjectAcl, async ({ key, versionId, acl }, call) => {
  const { bucket } = call;
  const changed = await call.objects.setAcl({ bucket, key, versionId }, acl);
  return { versionId: versionHeader(bucket, changed) };
});

export const getObjectAcl = handle(served.GetObjectAcl, async ({ key, versionId }, call) => {
  const { bucket } = call;
  const object = await call.objects.get(bucket, key, versionId);
  return {
    versionId: versionHeader(bucket, object.versionId),
    result: { Owner: ownerOf(bucket.ownerId), AccessControlList: { Grant: object.acl } },
  };
});
