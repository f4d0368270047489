import { operation } from '../operation.ts';
import { int, number, oneOf, timeMs } from '../vocabulary.ts';
import { scaletype } from './frames.ts';

/** Where the pages on OSS are silent (tw, th, pad, margin) the defaults are those of IMM's own API. */
export const videoSprite = operation('video/sprite', {
  summary: 'Lay frames of a video side by side on sheets.',
  door: 'async',
  params: {
    ss: timeMs('Where to begin, in milliseconds.').default(0),
    f: oneOf(['jpg', 'png'], 'Format of the sheets.'),
    m: oneOf(
      ['inter', 'key', 'avg', 'dhash'],
      'Which frames: at a distance, key frames, spread evenly, or where the picture changes.',
    ).default('inter'),
    thr: int(0, 100, 'Change that makes a frame count, with m_dhash.').default(0),
    num: int(0, 1_000_000, 'How many frames at most; 0: no limit.').default(0),
    inter: timeMs('Milliseconds between frames; below the distance of frames, every frame.').default(0),
    sw: int(32, 4096, 'Width of a tile in pixels; source width without it.').optional(),
    sh: int(32, 4096, 'Height of a tile in pixels; source height without it.').optional(),
    psw: number(0, 200, 'Width in percent of the source; ignored beside sw or sh.', { above: true }).default(100),
    psh: number(0, 200, 'Height in percent of the source; ignored beside sw or sh.', { above: true }).default(100),
    tw: int(1, 512, 'Tiles in a row.').default(6),
    th: int(1, 512, 'Tiles in a column.').default(6),
    pad: int(0, 1024, 'Pixels between tiles.').default(2),
    margin: int(0, 1024, 'Pixels around the sheet.').default(2),
    scaletype: scaletype.default('stretch'),
  },
  examples: ['video/sprite,f_jpg,sw_100,sh_100,inter_10000,tw_10,th_10,pad_0,margin_0'],
});
