import { operation } from '../operation.ts';
import { int } from '../vocabulary.ts';

export const contrast = operation('image/contrast', {
  summary: 'Change the contrast.',
  door: 'sync',
  params: { value: int(-100, 100, '0: unchanged; below: less; above: more.') },
  examples: ['image/contrast,-50'],
});
