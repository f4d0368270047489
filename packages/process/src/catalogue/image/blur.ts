import { operation } from '../operation.ts';
import { int } from '../vocabulary.ts';

export const blur = operation('image/blur', {
  summary: 'Blur the picture.',
  door: 'sync',
  params: {
    r: int(1, 50, 'How far pixels are spread, in pixels.'),
    s: int(1, 50, 'Standard deviation of the spread, in pixels.'),
  },
  unavailable: ['g_face', 'g_faces'],
  examples: ['image/blur,r_3,s_2'],
});
