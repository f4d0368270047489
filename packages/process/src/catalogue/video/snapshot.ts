import { operation } from '../operation.ts';
import { int, oneOf, timeMs } from '../vocabulary.ts';

export const videoSnapshot = operation('video/snapshot', {
  summary: 'One frame of a video.',
  door: 'sync',
  params: {
    t: timeMs('When, in milliseconds; past the end, the last frame.'),
    w: int(0, 4096, 'Width in pixels; 0: by the height, in proportion.').default(0),
    h: int(0, 4096, 'Height in pixels; 0: by the width, in proportion.').default(0),
    m: oneOf(['fast'], 'The nearest key frame before t, instead of the exact frame.').optional(),
    f: oneOf(['jpg', 'png'], 'Format of the frame.'),
    ar: oneOf(['auto', 'h', 'w'], 'Turn by the metadata, or so that it stands upright, or so that it lies.').optional(),
  },
  examples: ['video/snapshot,t_7000,f_jpg,w_800,h_600,m_fast'],
});
