import { flag } from './codecs.ts';
import { header, optional } from './fields.ts';
import { bypassGovernance, versionHeader, versionId } from './object-fields.ts';
import { operation } from './operation.ts';

export const deleteObject = operation({
  name: 'DeleteObject',
  method: 'DELETE',
  level: 'object',
  versionAction: 'oss:DeleteObjectVersion',
  status: 204,
  input: { versionId, bypassGovernance },
  output: {
    /** Of the delete marker that was put in front, or of the version that is gone. */
    versionId: versionHeader,
    /** `true` when that version is a delete marker; absent otherwise. */
    deleteMarker: optional(header('x-oss-delete-marker', flag)),
  },
});
