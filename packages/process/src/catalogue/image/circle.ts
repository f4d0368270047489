import { operation } from '../operation.ts';
import { int } from '../vocabulary.ts';

/** https://help.aliyun.com/zh/oss/user-guide/incircle */
export const circle = operation('image/circle', {
  summary: 'Keep the circle in the middle of the picture.',
  door: 'sync',
  params: { r: int(1, 4096, 'Radius in pixels; at most what fits into the picture.') },
  examples: ['image/circle,r_100'],
});
