import { flag, text } from './codecs.ts';
import { header, optional, query } from './fields.ts';
import { bypassGovernance, versionHeader, versionId } from './object-fields.ts';
import { operation } from './operation.ts';

export const deleteObject = operation({
  name: 'DeleteObject',
  method: 'DELETE',
  level: 'object',
  versionAction: 'oss:DeleteObjectVersion',
  status: 204,
  /** A link is deleted as any object is, also where its key is spelled as that of a link. */
  input: { versionId, bypassGovernance, symlink: optional(query('symlink', text)) },
  output: {
    /** Of the delete marker that was put in front, or of the version that is gone. */
    versionId: versionHeader,
    /** `true` when that version is a delete marker; absent otherwise. */
    deleteMarker: optional(header('x-oss-delete-marker', flag)),
  },
});
