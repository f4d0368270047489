import { operation } from '../operation.ts';
import { int } from '../vocabulary.ts';

export const bright = operation('image/bright', {
  summary: 'Make the picture brighter or darker.',
  door: 'sync',
  params: { value: int(-100, 100, '0: unchanged; below: darker; above: brighter.') },
  examples: ['image/bright,50'],
});
