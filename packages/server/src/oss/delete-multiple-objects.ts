import { served, spellNames } from '@millrace/protocol/oss';
import { isVersionId } from '../domain/objects/versions.ts';
import { handle } from './call.ts';
import { invalidArgument, OssError } from './oss-error.ts';
import { authorizeBypass } from './worm-headers.ts';

/** Vendor limit. */
const MAX_KEYS = 1000;

export const deleteMultipleObjects = handle(served.DeleteMultipleObjects, async (input, call) => {
  const { Object: listed, Quiet: quiet } = input.body;
  if (listed.length === 0 || listed.length > MAX_KEYS) {
    throw new OssError('MalformedXML', { message: `The Delete document must name 1 to ${MAX_KEYS} objects.` });
  }
  const { bucket, principal } = call;
  const keys = listed.map(({ Key: key, VersionId: version }) => ({ key, versionId: version || undefined }));
  const foreign = keys.find(({ versionId }) => versionId !== undefined && !isVersionId(versionId));
  if (foreign?.versionId !== undefined) {
    throw invalidArgument('VersionId', foreign.versionId, `There can be no such version of ${foreign.key}.`);
  }
  // All or nothing: what may not be deleted keeps the others, too.
  for (const { key, versionId } of keys) {
    const action = versionId === undefined ? 'oss:DeleteObject' : 'oss:DeleteObjectVersion';
    await call.access.require(principal, action, { bucket, key, versionId });
  }
  const bypass = await authorizeBypass(input.bypassGovernance, keys, call);
  const deletions = await call.objects.removeMany(bucket, keys, bypass);
  if (quiet) return {};
  const spell = spellNames(input.encodingType);
  const deleted = deletions.map(({ key, versionId, markerId }) => ({
    Key: spell(key),
    VersionId: versionId,
    ...(markerId !== undefined && { DeleteMarker: true, DeleteMarkerVersionId: markerId }),
  }));
  return { result: { EncodingType: input.encodingType, Deleted: deleted } };
});
