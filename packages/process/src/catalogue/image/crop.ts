import { operation } from '../operation.ts';
import { int, oneOf } from '../vocabulary.ts';

/** https://help.aliyun.com/zh/oss/user-guide/custom-crop */
export const crop = operation('image/crop', {
  summary: 'Cut a rectangle out of the picture.',
  door: 'sync',
  params: {
    w: int(0, 16384, 'Width in pixels; 0 or absent: to the edge.').optional(),
    h: int(0, 16384, 'Height in pixels; 0 or absent: to the edge.').optional(),
    x: int(0, 30000, 'Distance from the origin to the right, in pixels.').default(0),
    y: int(0, 30000, 'Distance from the origin downwards, in pixels.').default(0),
    g: oneOf(
      ['nw', 'north', 'ne', 'west', 'center', 'east', 'sw', 'south', 'se'],
      'The cell of a 3 by 3 grid that holds the origin.',
    ).default('nw'),
  },
  unavailable: ['g_face', 'g_auto'],
  examples: ['image/crop,x_10,y_10,w_200,h_200', 'image/crop,w_100,h_100,g_se'],
});
