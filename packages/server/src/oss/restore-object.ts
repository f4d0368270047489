import { type OutputOf, type Served, served } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { versionHeader } from './object-headers.ts';
import { invalidArgument } from './oss-error.ts';

/** The vendor's when the request does not say. */
const DEFAULT_DAYS = 1;
const TIERS = ['Expedited', 'Standard', 'Bulk'];

type Restored = OutputOf<Served['RestoreObject']>;

export const restoreObject = handle(served.RestoreObject, async (input, call): Promise<Restored> => {
  const { key, versionId, body } = input;
  const { bucket } = call;
  const tier = body?.JobParameters?.Tier;
  if (tier !== undefined && !TIERS.includes(tier)) {
    throw invalidArgument('Tier', tier, `The Tier must be one of ${TIERS.join(', ')}.`);
  }
  const restored = await call.objects.restore({ bucket, key, versionId }, body?.Days ?? DEFAULT_DAYS, {
    withTier: body?.JobParameters !== undefined,
  });
  return {
    status: restored.begun ? 202 : 200,
    versionId: versionHeader(bucket, restored.versionId),
    // However urgent it is: there is nothing to hurry.
    priority: tier,
  };
});

export const cleanRestoredObject = handle(served.CleanRestoredObject, async ({ key, versionId }, call) => {
  const { bucket } = call;
  const changed = await call.objects.endRestoration({ bucket, key, versionId });
  return { versionId: versionHeader(bucket, changed) };
});
