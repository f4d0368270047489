import { operation } from '../operation.ts';
import { oneOf } from '../vocabulary.ts';

/** https://help.aliyun.com/zh/oss/user-guide/convert-image-formats-2 */
export const format = operation('image/format', {
  summary: 'Choose the format of the result; without it the source format is kept.',
  door: 'sync',
  params: {
    value: oneOf(
      ['jpg', 'png', 'webp', 'bmp', 'gif', 'tiff', 'heic', 'avif', 'auto'],
      'The format; auto: what the reader says it accepts, which is ours.',
    ),
  },
  examples: ['image/format,png'],
});
