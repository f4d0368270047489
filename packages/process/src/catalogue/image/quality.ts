import { atLeastOne, operation } from '../operation.ts';
import { int } from '../vocabulary.ts';

/** https://help.aliyun.com/zh/oss/user-guide/adjust-image-quality */
export const quality = operation('image/quality', {
  summary: 'Set the quality of a lossy result.',
  door: 'sync',
  params: {
    q: int(1, 100, 'Relative quality: percent of the source quality.').optional(),
    Q: int(1, 100, 'Absolute quality, never above the source quality; wins over q.').optional(),
    value: int(1, 100, 'A bare number.').optional(),
  },
  rules: [atLeastOne('q', 'Q', 'value')],
  examples: ['image/quality,q_80', 'image/quality,Q_90', 'image/quality,80'],
});
