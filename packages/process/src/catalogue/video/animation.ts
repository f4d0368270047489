import { operation } from '../operation.ts';
import { number, oneOf } from '../vocabulary.ts';
import { frameParams } from './frames.ts';

export const videoAnimation = operation('video/animation', {
  summary: 'Make a moving picture out of a video.',
  door: 'async',
  params: {
    ...frameParams,
    f: oneOf(['gif', 'webp'], 'Format of the moving picture.'),
    fps: number(0, 240, 'Frames played per second; 1/inter, so real time, without it or when 0.').optional(),
  },
  examples: ['video/animation,f_gif,w_100,h_100,inter_1000'],
});
