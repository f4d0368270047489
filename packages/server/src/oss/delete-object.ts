import { served } from '@millrace/protocol/oss';
import { handle } from './call.ts';

export const deleteObject = handle(served.DeleteObject, async (input, call) => {
  // Deleting a version that does not exist succeeds, as deleting anything else that does not exist.
  if (input.versionId === undefined || input.versionId === 'null') await call.objects.remove(call.bucket, input.key);
  return {};
});
