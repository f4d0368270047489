import { int, number, oneOf, timeMs } from '../vocabulary.ts';

/** How a frame is fitted into a box of another shape: bars are black, `fit` keeps proportions without bars. */
export const scaletype = oneOf(['crop', 'stretch', 'fill', 'fit'], 'How frames are fitted into the size asked for.');

/** Parameters of every operation that takes many frames out of a video. */
export const frameParams = {
  ss: timeMs('Where to begin, in milliseconds.').default(0),
  num: int(0, 1_000_000, 'How many frames at most; 0: no limit.').default(0),
  inter: timeMs('Milliseconds between frames; below the distance of frames, every frame.').default(0),
  w: int(32, 4096, 'Width in pixels; source width without it.').optional(),
  h: int(32, 4096, 'Height in pixels; source height without it.').optional(),
  pw: number(0, 200, 'Width in percent of the source; ignored beside w or h.', { above: true }).default(100),
  ph: number(0, 200, 'Height in percent of the source; ignored beside w or h.', { above: true }).default(100),
  scaletype: scaletype.default('stretch'),
};
