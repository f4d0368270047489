import { operation } from './operation.ts';
import { uploadId } from './upload-part.ts';

export const abortMultipartUpload = operation({
  name: 'AbortMultipartUpload',
  method: 'DELETE',
  level: 'object',
  select: ['uploadId'],
  status: 204,
  input: { uploadId },
  output: {},
  errors: ['NoSuchUpload'],
});
