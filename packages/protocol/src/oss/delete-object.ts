import { text } from './codecs.ts';
import { optional, query } from './fields.ts';
import { operation } from './operation.ts';

export const deleteObject = operation({
  name: 'DeleteObject',
  method: 'DELETE',
  level: 'object',
  status: 204,
  input: { versionId: optional(query('versionId', text)) },
  output: {},
});
