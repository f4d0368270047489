import { served } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { ownerOf } from './owner.ts';

export const putObjectAcl = handle(served.PutObjectAcl, async (input, call) => {
  await call.objects.setAcl(call.bucket, input.key, input.acl);
  return {};
});

export const getObjectAcl = handle(served.GetObjectAcl, async (input, call) => {
  const object = await call.objects.get(call.bucket, input.key);
  return { result: { Owner: ownerOf(call.bucket.ownerId), AccessControlList: { Grant: object.acl } } };
});
