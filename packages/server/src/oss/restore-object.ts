import { type OutputOf, type Served, served } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { versionHeader } from './object-headers.ts';

/** The vendor's when the request does not say. */
const DEFAULT_DAYS = 1;

type Restored = OutputOf<Served['RestoreObject']>;

export const restoreObject = handle(served.RestoreObject, async (input, call): Promise<Restored> => {
  const { key, versionId, body } = input;
  const { bucket } = call;
  const restored = await call.objects.restore({ bucket, key, versionId }, body?.Days ?? DEFAULT_DAYS);
  return {
    status: restored.begun ? 202 : 200,
    versionId: versionHeader(bucket, restored.versionId),
    // However urgent it is: there is nothing to hurry.
    priority: body?.JobParameters?.Tier,
  };
});

export const cleanRestoredObject = handle(served.CleanRestoredObject, async ({ key, versionId }, call) => {
  const { bucket } = call;
  const changed = await call.objects.endRestoration({ bucket, key, versionId });
  return { versionId: versionHeader(bucket, changed) };
});
