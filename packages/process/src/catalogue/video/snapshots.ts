import { operation } from '../operation.ts';
import { int, oneOf } from '../vocabulary.ts';
import { frameParams } from './frames.ts';

export const videoSnapshots = operation('video/snapshots', {
  summary: 'Take many frames out of a video, one object each.',
  door: 'async',
  params: {
    ...frameParams,
    f: oneOf(['jpg', 'png'], 'Format of the frames.'),
    m: oneOf(
      ['inter', 'key', 'avg', 'dhash'],
      'Which frames: at a distance, key frames, spread evenly, or where the picture changes.',
    ).default('inter'),
    thr: int(0, 100, 'Change that makes a frame count, with m_dhash.').default(0),
  },
  examples: ['video/snapshots,f_jpg,w_100,h_100,scaletype_crop,inter_10000'],
});
