import { encodeBase64 } from '../../base64.ts';
import { atLeastOne, operation } from '../operation.ts';
import { colour, flag, int, oneOf, oneOfNumbers, pictureRef, shortText, wordText } from '../vocabulary.ts';

/** The names of fonts that the vendor documents. */
export const watermarkFonts = [
  'wqy-zenhei',
  'wqy-microhei',
  'fangzhengshusong',
  'fangzhengkaiti',
  'fangzhengheiti',
  'fangzhengfangsong',
  'droidsansfallback',
] as const;

export type WatermarkFont = (typeof watermarkFonts)[number];

/** "The text watermark can be up to 64 characters" of which a Chinese one counts as three: bytes of UTF-8. */
const MOST_TEXT_BYTES = 64;

/** https://help.aliyun.com/zh/oss/user-guide/add-watermarks */
export const watermark = operation('image/watermark', {
  summary: 'Put a picture, a text, or both side by side over the picture.',
  door: 'sync',
  params: {
    t: int(0, 100, 'Opacity in percent.').default(100),
    g: oneOf(['nw', 'north', 'ne', 'west', 'center', 'east', 'sw', 'south', 'se'], 'Where it stands.').default('se'),
    x: int(0, 4096, 'Distance from the left or right edge in pixels.').default(10),
    y: int(0, 4096, 'Distance from the upper or lower edge in pixels.').default(10),
    voffset: int(-1000, 1000, 'Distance from the middle line in pixels, for west, center and east.').default(0),
    fill: flag('1: repeat it all over the picture.').default(0),
    padx: int(0, 4096, 'Pixels between repetitions, from left to right.').default(0),
    pady: int(0, 4096, 'Pixels between repetitions, downwards.').default(0),
    image: pictureRef(
      'Key of a picture of the same bucket, with ?x-oss-process=image/… behind it if need be.',
    ).optional(),
    text: shortText(MOST_TEXT_BYTES, 'The text.').optional(),
    type: wordText(watermarkFonts, 'Name of the font.').default('wqy-zenhei'),
    color: colour('Colour of the text.').default('000000'),
    size: int(1, 1000, 'Size of the text in pixels.').default(40),
    shadow: int(0, 100, 'Opacity of the shadow of the text, in percent.').default(0),
    rotate: int(0, 360, 'Degrees, clockwise, by which the text is turned.').default(0),
    order: flag('Of picture and text: 0 the picture, 1 the text comes first.').default(0),
    align: oneOfNumbers([0, 1, 2], 'Picture and text stand: 0 at the top, 1 in the middle, 2 at the bottom.').default(
      2,
    ),
    interval: int(0, 1000, 'Pixels between picture and text.').default(0),
    animation: flag('1: keep the frames of an animated picture; for pictures, not texts.').default(0),
  },
  rules: [atLeastOne('text', 'image')],
  examples: [
    'image/watermark,text_SGVsbG8gV29ybGQ,t_90,size_30,g_nw',
    `image/watermark,image_${encodeBase64('panda.png?x-oss-process=image/resize,P_30')},g_center`,
  ],
});
