import { operation } from '../operation.ts';
import { int } from '../vocabulary.ts';

export const roundedCorners = operation('image/rounded-corners', {
  summary: 'Round the corners off.',
  door: 'sync',
  params: { r: int(1, 4096, 'Radius in pixels; at most half of the shorter side.') },
  examples: ['image/rounded-corners,r_30'],
});
