import { atLeastOne, operation } from '../operation.ts';
import { colour, flag, int, oneOf } from '../vocabulary.ts';

/** https://help.aliyun.com/zh/oss/user-guide/resize-images-4 */
export const resize = operation('image/resize', {
  summary: 'Scale to a box, to a side or by a percentage.',
  door: 'sync',
  params: {
    m: oneOf(['lfit', 'mfit', 'fill', 'pad', 'fixed'], 'How the picture is fitted into the box.').default('lfit'),
    w: int(1, 16384, 'Target width in pixels.').optional(),
    h: int(1, 16384, 'Target height in pixels.').optional(),
    l: int(1, 16384, 'Target long side in pixels; ignored beside w or h.').optional(),
    s: int(1, 16384, 'Target short side in pixels; ignored beside w or h.').optional(),
    p: int(1, 1000, 'Percentage of both sides; ignored beside w or h.').optional(),
    P: int(1, 100, 'Percentage of the picture that is marked; in the process string of a watermark only.').optional(),
    limit: flag('1 keeps the source size when the target is larger than the source.').default(1),
    color: colour('Colour of the bars; only with m_pad.').default('FFFFFF'),
  },
  inner: ['P'],
  rules: [atLeastOne('w', 'h', 'l', 's', 'p', 'P')],
  examples: ['image/resize,w_300', 'image/resize,m_fixed,w_100,h_100', 'image/resize,m_pad,w_100,h_100,color_FF0000'],
});
