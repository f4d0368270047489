import { served } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { refuseConditions, versionHeader } from './object-headers.ts';
import { authorizeBypass } from './worm-headers.ts';

export const deleteObject = handle(served.DeleteObject, async (input, call) => {
  refuseConditions(call);
  const { key } = input;
  const bypass = await authorizeBypass(input.bypassGovernance, [{ key, versionId: input.versionId }], call);
  const { versionId, markerId } = await call.objects.remove(call.bucket, key, input.versionId, bypass);
  const id = markerId ?? versionId;
  return {
    versionId: id === undefined ? undefined : versionHeader(call.bucket, id),
    deleteMarker: markerId === undefined ? undefined : true,
  };
});
