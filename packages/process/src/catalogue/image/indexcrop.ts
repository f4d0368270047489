import { atLeastOne, operation } from '../operation.ts';
import { int } from '../vocabulary.ts';

export const indexcrop = operation('image/indexcrop', {
  summary: 'Cut the picture into slices and keep one.',
  door: 'sync',
  params: {
    x: int(1, 30000, 'Width of the slices in pixels.').optional(),
    y: int(1, 30000, 'Height of the slices in pixels; wins over x.').optional(),
    i: int(0, 30000, 'Which slice, from 0; past the last one, the whole picture.').default(0),
  },
  rules: [atLeastOne('x', 'y')],
  examples: ['image/indexcrop,x_100,i_0'],
});
