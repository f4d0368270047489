import { served, spellNames } from '@millrace/protocol/oss';
import { handle } from './call.ts';
import { OssError } from './oss-error.ts';

/** Vendor limit. */
const MAX_KEYS = 1000;

export const deleteMultipleObjects = handle(served.DeleteMultipleObjects, async (input, call) => {
  const { Object: listed, Quiet: quiet } = input.body;
  if (listed.length === 0 || listed.length > MAX_KEYS) {
    throw new OssError('MalformedXML', { message: `The Delete document must name 1 to ${MAX_KEYS} objects.` });
  }
  const { bucket, principal } = call;
  // All or nothing: what may not be deleted keeps the others, too.
  for (const { Key: key } of listed) await call.access.require(principal, 'oss:DeleteObject', { bucket, key });
  const keys = listed
    .filter(({ VersionId: version }) => version === undefined || version === '' || version === 'null')
    .map(({ Key }) => Key);
  await call.objects.removeMany(call.bucket, keys);
  if (quiet) return {};
  const spell = spellNames(input.encodingType);
  return {
    result: { EncodingType: input.encodingType, Deleted: listed.map(({ Key }) => ({ Key: spell(Key) })) },
  };
});
