import { served } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { versionHeader } from './object-headers.ts';

export const deleteObject = handle(served.DeleteObject, async (input, call) => {
  const { versionId, markerId } = await call.objects.remove(call.bucket, input.key, input.versionId);
  const id = markerId ?? versionId;
  return {
    versionId: id === undefined ? undefined : versionHeader(call.bucket, id),
    deleteMarker: markerId === undefined ? undefined : true,
  };
});
