import { encodeBase64 } from '@millrace/process';
import type { SourceName } from './sources.ts';

/** What an example comes to. */
export type Expectation =
  | {
      /** `WIDTHxHEIGHT format` */
      is: string;
      /** What ImageMagick is told to make of the source for the same picture. Without it only the facts are compared. */
      like?: readonly string[];
      /** How far from that it may look; see `distance`. */
      within?: number;
      frames?: number;
      /** The quality that a JPEG was written with. */
      quality?: number;
      /** Colours of single pixels: `x,y` and `rrggbb`, or `rrggbbaa`. */
      pixels?: Readonly<Record<string, string>>;
    }
  | { json: Readonly<Record<string, string>> }
  | { error: string; ec?: string; message?: string; status?: number };

export interface Example {
  /** The number of the example in the reference; those of ours have none. */
  n?: number;
  source: SourceName;
  /** What follows `image/`. */
  process: string;
  expect: Expectation;
}

const ex = (n: number, source: SourceName, process: string, expect: Expectation): Example => ({
  n,
  source,
  process,
  expect,
});
const own = (source: SourceName, process: string, expect: Expectation): Example => ({ source, process, expect });
const invalid = (parameter: string, ec: string, value?: string): Expectation => ({
  error: 'InvalidArgument',
  ec,
  message:
    value === undefined
      ? `of parameter: ${parameter} is invalid.`
      : `The value: ${value} of parameter: ${parameter} is invalid.`,
});
const words = (text: string): string[] => text.split(' ');

const mark = (name: string, process = ''): string =>
  `image_${encodeBase64(process === '' ? name : `${name}?x-oss-process=image/${process}`)}`;

/** Every worked example of the reference (its section 10), and what it leaves out. */
export const examples: readonly Example[] = [
  ex(1, 'A.png', 'resize,w_150,h_80', { is: '150x75 png', like: words('-resize 150x75!') }),
  ex(2, 'A.png', 'resize,m_mfit,w_150,h_80', { is: '160x80 png', like: words('-resize 160x80!') }),
  ex(3, 'A.png', 'resize,m_fill,w_150,h_80', {
    is: '150x80 png',
    like: words('-resize 160x80! -crop 150x80+5+0 +repage'),
  }),
  ex(4, 'A.png', 'resize,m_pad,w_150,h_80', {
    is: '150x80 png',
    like: words('-resize 150x75! -background white -extent 150x80+0-2'),
    pixels: { '75,0': 'ffffff', '75,79': 'ffffff' },
  }),
  ex(5, 'A.png', 'resize,m_fixed,w_150,h_80', { is: '150x80 png', like: words('-resize 150x80!') }),
  ex(6, 'A.png', 'resize,m_fixed,h_100', { is: '100x100 png', like: words('-resize 100x100!') }),
  ex(7, 'A.png', 'resize,h_50', { is: '100x50 png', like: words('-resize 100x50!') }),
  ex(8, 'A.png', 'resize,w_400', { is: '200x100 png', like: [] }),
  ex(9, 'A.png', 'resize,w_400,limit_0', { is: '400x200 png', like: words('-resize 400x200!') }),
  ex(10, '400x300.png', 'resize,h_100,w_200,m_lfit', { is: '133x100 png', like: words('-resize 133x100!') }),
  ex(11, '200x400.png', 'resize,w_100,h_100', { is: '50x100 png', like: words('-resize 50x100!') }),
  ex(12, '200x400.png', 'resize,w_100,h_100,m_mfit', { is: '100x200 png', like: words('-resize 100x200!') }),
  ex(13, 'E.jpg', 'resize,h_100,m_lfit', { is: '150x100 jpg', like: words('-resize 150x100!') }),
  ex(14, 'E.jpg', 'resize,l_100', { is: '100x67 jpg', like: words('-resize 100x67!') }),
  ex(15, 'E.jpg', 'resize,s_100', { is: '150x100 jpg', like: words('-resize 150x100!') }),
  ex(16, 'E.jpg', 'resize,w_100', { is: '100x67 jpg', like: words('-resize 100x67!') }),
  ex(17, 'E.jpg', 'resize,w_300,h_300', { is: '300x200 jpg', like: words('-resize 300x200!') }),
  ex(18, 'E.jpg', 'resize,m_fixed,w_100,h_100', { is: '100x100 jpg', like: words('-resize 100x100!'), quality: 82 }),
  ex(19, 'E.jpg', 'resize,m_fill,w_100,h_100', {
    is: '100x100 jpg',
    like: words('-resize 150x100! -gravity center -crop 100x100+0+0 +repage'),
  }),
  ex(20, 'E.jpg', 'resize,m_pad,w_100,h_100,color_FF0000', {
    is: '100x100 jpg',
    like: words('-resize 100x67! -background #FF0000 -extent 100x100+0-16'),
    pixels: { '50,2': 'fe0000', '50,97': 'fe0000' },
  }),
  ex(21, 'E.jpg', 'resize,p_50', { is: '200x134 jpg', like: words('-resize 200x134!') }),
  ex(22, 'E.jpg', 'resize,w_500', { is: '400x267 jpg', like: [], quality: 82 }),
  ex(23, 'E.jpg', 'resize,w_500,limit_0', { is: '500x334 jpg', like: words('-resize 500x334!') }),
  ex(24, 'E.jpg', 'resize,p_200', { is: '400x267 jpg', like: [] }),
  ex(25, 'E.jpg', 'resize,p_200,limit_0', { is: '800x534 jpg', like: words('-resize 800x534!') }),
  ex(26, 'E.jpg', 'resize,w_100,l_300,p_10', { is: '100x67 jpg', like: words('-resize 100x67!') }),
  ex(27, 'E.jpg', 'resize,m_fixed,w_5000,h_5000,limit_0', { error: 'ImageTooLarge', ec: '0040-00000007' }),
  ex(28, 'E.jpg', 'resize,w_99999999', invalid('w', '0040-00000312', '99999999')),
  ex(29, 'E.jpg', 'resize', { error: 'MissingArgument', ec: '0040-00000322' }),
  ex(30, 'F.jpg', 'resize,w_100', { is: '100x127 jpg', like: words('-auto-orient -resize 100x127!') }),
  ex(31, 'F.jpg', 'resize,w_100/auto-orient,1', { is: '100x127 jpg', like: words('-auto-orient -resize 100x127!') }),
  ex(32, 'F.jpg', 'resize,w_100/auto-orient,0', { is: '100x79 jpg', like: words('-resize 100x79!') }),
  ex(33, 'F.jpg', 'auto-orient,0', { is: '424x333 jpg', like: [] }),
  ex(34, 'P.png', 'resize,w_300', { is: '300x533 png', like: words('-resize 300x533!') }),
  // The reference has 3924x2550, of which this is a tenth: h_600 gives 923x600 there.
  ex(35, 'H.heic', 'resize,h_60/format,png', { is: '92x60 png', like: words('-resize 92x60!'), within: 2.5 }),
  ex(36, 'E.jpg', 'crop,x_100,y_50', { is: '300x217 jpg', like: words('-crop 300x217+100+50 +repage') }),
  ex(37, 'E.jpg', 'crop,x_100,y_50,w_100,h_100', { is: '100x100 jpg', like: words('-crop 100x100+100+50 +repage') }),
  ex(38, 'E.jpg', 'crop,w_200,h_200,g_se', { is: '200x200 jpg', like: words('-crop 200x200+200+67 +repage') }),
  ex(39, 'E.jpg', 'crop,x_10,y_10,w_200,h_200,g_se', {
    is: '190x190 jpg',
    like: words('-crop 190x190+210+77 +repage'),
  }),
  ex(40, 'E.jpg', 'crop,w_100,h_100,g_center', { is: '100x100 jpg', like: words('-crop 100x100+150+83 +repage') }),
  ex(41, 'E.jpg', 'crop,x_10000', { error: 'CutEdgeExceedRange', message: "Advance cut's position is out of image." }),
  ex(42, 'E.jpg', 'crop,w_10000,h_100', { is: '400x100 jpg', like: words('-crop 400x100+0+0 +repage') }),
  ex(43, '1x1.png', 'crop,x_10,y_10,w_100,h_100', { error: 'CutEdgeExceedRange' }),
  ex(44, 'E.jpg', 'crop,w_100,h_100,x_100,y_100,r_1', {
    is: '100x100 jpg',
    like: words('-crop 100x100+100+100 +repage'),
  }),
  ex(45, 'E.jpg', 'indexcrop,x_100,i_0', { is: '100x267 jpg', like: words('-crop 100x267+0+0 +repage') }),
  ex(46, 'E.jpg', 'indexcrop,x_100,i_3', { is: '100x267 jpg', like: words('-crop 100x267+300+0 +repage') }),
  ex(47, 'E.jpg', 'indexcrop,x_150,i_2', { is: '100x267 jpg', like: words('-crop 100x267+300+0 +repage') }),
  ex(48, 'E.jpg', 'indexcrop,y_100,i_10', { is: '400x267 jpg', like: [] }),
  ex(49, 'E.jpg', 'indexcrop,x_0', invalid('x', '0040-00000230', '0')),
  ex(50, 'E.jpg', 'circle,r_100', { is: '201x201 jpg', pixels: { '0,0': 'ffffff', '200,200': 'ffffff' } }),
  ex(51, 'E.jpg', 'circle,r_500', { is: '267x267 jpg', pixels: { '0,266': 'ffffff' } }),
  ex(52, 'E.jpg', 'circle,r_100/format,png', {
    is: '201x201 png',
    like: [
      ...words('-crop 201x201+99+33 +repage ( -size 201x201 xc:none -fill white -draw'),
      'circle 100,100 100,-0.5',
      ...words(') -alpha set -compose DstIn -composite'),
    ],
    pixels: { '0,0': '00000000', '200,0': '00000000' },
  }),
  ex(53, 'E.jpg', 'rounded-corners,r_30', { is: '400x267 jpg', pixels: { '0,0': 'ffffff', '399,266': 'ffffff' } }),
  ex(54, 'E.jpg', 'crop,w_100,h_100/rounded-corners,r_10/format,png', {
    is: '100x100 png',
    like: [
      ...words('-crop 100x100+0+0 +repage ( -size 100x100 xc:none -fill white -draw'),
      'roundrectangle -0.5,-0.5 99.5,99.5 10,10',
      ...words(') -alpha set -compose DstIn -composite'),
    ],
    pixels: { '0,0': '00000000', '99,99': '00000000' },
  }),
  ex(55, 'E.jpg', 'rotate,90', { is: '267x400 jpg', like: words('-rotate 90'), quality: 82 }),
  ex(56, 'E.jpg', 'resize,w_200/rotate,90', { is: '134x200 jpg', like: words('-resize 200x134! -rotate 90') }),
  ex(57, 'E.jpg', 'rotate,90/resize,w_200', { is: '200x300 jpg', like: words('-rotate 90 -resize 200x300!') }),
  ex(58, '300x200.png', 'rotate,45', { is: '354x354 png', pixels: { '0,0': '00000000' } }),
  ex(59, 'E.jpg', 'rotate,90,200,300', { error: 'InvalidArgument', ec: '0040-00000203' }),
  ex(60, 'E.jpg', 'rotate,a_90', { error: 'InvalidArgument', ec: '0040-00000217' }),
  ex(61, 'E.jpg', 'sharpen,100', { is: '400x267 jpg', like: words('-sharpen 1x1') }),
  ex(62, 'E.jpg', 'watermark,text_SGVsbG8g5Zu-54mH5pyN5YqhIQ', {
    is: '400x267 jpg',
    like: [
      ...words(
        '-font /usr/share/fonts/truetype/wqy/wqy-zenhei.ttc -pointsize 40 -fill black -gravity southeast -annotate +10+10',
      ),
      'Hello 图片服务!',
    ],
    within: 4,
  }),
  ex(63, 'E.jpg', 'format,png', { is: '400x267 png', like: [] }),
  ex(64, 'E.jpg', 'format,gif', { is: '400x267 jpg', like: [] }),
  ex(65, 'E.jpg', 'format,f_png', invalid('f', '0040-00000206', 'f')),
  ex(66, 'G.gif', 'resize,w_100', { is: '100x60 gif', frames: 3, like: words('-resize 100x60!'), within: 3 }),
  ex(67, 'G.gif', 'resize,p_50', { is: '250x150 gif', frames: 1, like: words('-resize 250x150!'), within: 3 }),
  ex(68, 'G.gif', 'format,png', { is: '500x300 png', frames: 1, like: [] }),
  ex(69, 'G.gif', 'quality,Q_80', { is: '500x300 gif', frames: 1, like: [], within: 2 }),
  ex(70, 'Q100.jpg', 'quality,q_90', { is: '300x200 jpg', quality: 90 }),
  ex(71, 'Q80.jpg', 'quality,q_90', { is: '300x200 jpg', quality: 72 }),
  ex(72, 'Q95.jpg', 'quality,Q_90', { is: '300x200 jpg', quality: 90 }),
  ex(73, 'Q80.jpg', 'quality,Q_90', { is: '300x200 jpg', quality: 80 }),
  ex(74, 'E.jpg', 'quality,q_50', { is: '400x267 jpg', quality: 41 }),
  ex(75, 'E.jpg', 'quality,q_50,Q_60', { is: '400x267 jpg', quality: 60 }),
  ex(76, 'E.jpg', 'info', { json: { Format: 'jpg', FrameCount: '1', ImageHeight: '267', ImageWidth: '400' } }),
  ex(77, 'F.jpg', 'info', {
    json: {
      DateTime: '2015:02:11 15:38:27',
      Format: 'jpg',
      GPSLatitude: '0deg ',
      GPSLatitudeRef: 'North',
      ImageHeight: '333',
      ImageWidth: '424',
      Orientation: '7',
      Software: 'Mill 1.0',
    },
  }),
  ex(78, 'P.png', 'info', { json: { Format: 'png', FrameCount: '1', ImageHeight: '2560', ImageWidth: '1440' } }),
  ex(79, 'E.jpg', 'average-hue', { json: {} }),
  ex(80, '100x100.png', `watermark,${mark('square.png', 'resize,P_10')},g_nw,x_0,y_0`, {
    is: '100x100 png',
    pixels: { '9,9': '00c040', '0,0': '00c040' },
    like: words('-fill #00c040 -draw').concat('rectangle 0,0 9,9'),
  }),
  ex(81, '200x200.png', `watermark,${mark('square.png', 'resize,P_10')},g_nw,x_0,y_0`, {
    is: '200x200 png',
    pixels: { '19,19': '00c040' },
    like: words('-fill #00c040 -draw').concat('rectangle 0,0 19,19'),
  }),
  ex(82, 'E.jpg', 'slim,1', { error: 'InvalidArgument', ec: '0040-00000213' }),
  ex(83, 'text.txt', 'resize,w_50', {
    error: 'BadRequest',
    ec: '0040-00000005',
    message: 'This image format is not supported.',
  }),

  // Other spellings and limits that the reference tells of.
  own('E.jpg', '', { error: 'InvalidArgument', ec: '0040-00000212' }),
  own('E.jpg', 'resize,w_100,h_100,m_fixed/', { is: '100x100 jpg' }),
  own('E.jpg', 'resize,m_pad,w_100,h_100,color_ff6a00,', { is: '100x100 jpg', pixels: { '50,2': 'ff6a00' } }),
  own('E.jpg', 'resize,l_100,s_50', { is: '75x50 jpg' }),
  own('E.jpg', 'quality,80', { is: '400x267 jpg', quality: 80 }),
  own('E.jpg', 'quality', { error: 'MissingArgument', ec: '0040-00000307' }),
  own('E.jpg', 'format', { error: 'MissingArgument', ec: '0040-00000207' }),
  own('E.jpg', 'auto-orient', { error: 'MissingArgument', ec: '0040-00000214' }),
  own('E.jpg', 'auto-orient,2', invalid('auto-orient', '0040-00000215', '2')),
  own('E.jpg', 'crop,g_fac', invalid('g', '0040-00000209', 'fac')),
  own('E.jpg', 'circle,r_0', invalid('r', '0040-00000233', '0')),
  own('E.jpg', 'blur,r_51,s_1', invalid('r', '0040-00000241', '51')),
  own('E.jpg', 'bright,101', invalid('bright', '0040-00000246', '101')),
  own('E.jpg', 'sharpen,49', invalid('sharpen', '0040-00000280', '49')),
  own('P.png', 'rotate,90', { is: '2560x1440 png', like: words('-rotate 90') }),

  // Tone.
  own('E.jpg', 'blur,r_3,s_2', { is: '400x267 jpg', like: words('-blur 3x2') }),
  own('E.jpg', 'blur,r_50,s_10', { is: '400x267 jpg', like: words('-blur 50x10') }),
  own('A.png', 'blur,r_5,s_5/format,png', { is: '200x100 png', like: words('-blur 5x5') }),
  own('A.png', 'bright,50', { is: '200x100 png', like: words('-evaluate add 19.6078%') }),
  own('A.png', 'bright,-50', { is: '200x100 png', like: words('-evaluate subtract 19.6078%') }),
  own('A.png', 'contrast,50', { is: '200x100 png', like: words('-function polynomial 1.5,-0.25098') }),
  own('A.png', 'contrast,-50', { is: '200x100 png', like: words('-function polynomial 0.75,0.12549') }),
  own('A.png', 'sharpen,399', { is: '200x100 png' }),
  own('A.png', 'bright,20/contrast,20/resize,w_100', {
    is: '100x50 png',
    like: words('-evaluate add 7.8431% -function polynomial 1.2,-0.10039 -resize 100x50!'),
  }),

  // Formats.
  own('B.bmp', 'resize,w_45', { is: '45x30 bmp', like: words('-resize 45x30!') }),
  own('T.tiff', 'resize,w_60', { is: '60x45 tiff', like: words('-resize 60x45!') }),
  own('V.avif', 'resize,w_64/format,png', { is: '64x48 png' }),
  own('V.avif', 'resize,w_64', { is: '64x48 avif' }),
  own('E.jpg', 'resize,w_100/format,webp', { is: '100x67 webp', like: words('-resize 100x67!') }),
  own('E.jpg', 'resize,w_100/format,bmp', { is: '100x67 bmp', like: words('-resize 100x67!') }),
  own('E.jpg', 'resize,w_100/format,tiff', { is: '100x67 tiff', like: words('-resize 100x67!') }),
  own('E.jpg', 'resize,w_100/format,avif', { is: '100x67 avif' }),
  own('E.jpg', 'resize,w_100/format,heic', { is: '100x67 heic' }),
  own('H.heic', 'resize,w_100', { is: '100x65 heic' }),
  own('H.heic', 'info', { json: { Format: 'heic', ImageHeight: '255', ImageWidth: '392' } }),
  own('G.gif', 'crop,w_100,h_50/resize,w_50/format,gif', { is: '50x25 gif', frames: 3 }),
  own('G.gif', 'resize,w_100/format,webp', { is: '100x60 webp', frames: 3 }),
  own('W.webp', 'resize,w_100', { is: '100x60 webp', frames: 3 }),
  own('W.webp', 'rotate,90', { is: '120x200 webp', frames: 1 }),
  own('G.gif', 'info', { json: { Format: 'gif', FrameCount: '3', ImageHeight: '300', ImageWidth: '500' } }),

  // Watermarks: where they stand, and how.
  ...(
    [
      ['nw', '10,20'],
      ['north', '170,20'],
      ['ne', '330,20'],
      ['west', '10,118'],
      ['center', '170,118'],
      ['east', '330,118'],
      ['sw', '10,207'],
      ['south', '170,207'],
      ['se', '330,207'],
    ] as const
  ).map(([g, at]) =>
    own('E.jpg', `watermark,${mark('mark.png')},g_${g},x_10,y_20,voffset_5/format,png`, {
      is: '400x267 png',
      like: [
        ...words('( -size 60x40 xc:none -fill #e00020 -draw'),
        'ellipse 29.5,19.5 28,18 0,360',
        ...words(`) -geometry +${at.replace(',', '+')} -compose over -composite`),
      ],
    }),
  ),
  own('A.png', `watermark,${mark('mark.png')},t_50,g_nw,x_0,y_0`, {
    is: '200x100 png',
    like: [
      ...words('( -size 60x40 xc:none -fill #e00020 -draw'),
      'ellipse 29.5,19.5 28,18 0,360',
      ...words('-channel A -evaluate multiply 0.5 +channel ) -geometry +0+0 -compose over -composite'),
    ],
  }),
  own('A.png', `watermark,${mark('mark.png', 'resize,w_30/rotate,90')},fill_1,padx_10,pady_5`, {
    is: '200x100 png',
    pixels: { '10,15': 'e00020', '40,15': 'e00020', '10,50': 'e00020' },
  }),
  own('A.png', `watermark,${mark('P.png')},g_nw,x_0,y_0`, { is: '200x100 png' }),
  own(
    'A.png',
    `watermark,${mark('mark.png')},text_${encodeBase64('图片')},size_20,order_0,align_1,interval_5,g_west,x_0`,
    {
      is: '200x100 png',
      pixels: { '30,50': 'e00020' },
    },
  ),
  own('A.png', `watermark,text_${encodeBase64('■■■')},size_30,color_FF0000,shadow_50,g_center,t_100`, {
    is: '200x100 png',
  }),
  own('A.png', `watermark,text_${encodeBase64('turned')},size_20,rotate_45,g_center`, { is: '200x100 png' }),
  own('A.png', `watermark,text_${encodeBase64('all over')},size_12,fill_1,padx_5,pady_5`, { is: '200x100 png' }),
  own('G.gif', `watermark,${mark('mark.png')},g_nw,x_0,y_0,animation_1/format,gif`, {
    is: '500x300 gif',
    frames: 3,
    within: 3,
    like: [
      ...words('( -size 60x40 xc:none -fill #e00020 -draw'),
      'ellipse 29.5,19.5 28,18 0,360',
      ...words(') -geometry +0+0 -compose over -composite'),
    ],
  }),
  own('G.gif', `watermark,${mark('mark.png')}`, { is: '500x300 gif', frames: 1 }),
  own('A.png', `watermark,${mark('none.png')}`, { error: 'WatermarkError' }),
  own('A.png', `watermark,${mark('text.txt')}`, { error: 'WatermarkError', ec: '0040-00000027' }),
  own('A.png', `watermark,${mark('G.gif')}`, { error: 'WatermarkError', ec: '0040-00000027' }),
  own('A.png', `watermark,${mark('A.png')}`, { is: '200x100 png' }),
  own('A.png', `watermark,${mark('mark.png', 'info')}`, { error: 'InvalidArgument', ec: '0040-00000374' }),
  own('A.png', `watermark,${mark('A.png', `watermark,${mark('A.png')}`)}`, {
    error: 'InvalidArgument',
    ec: '0040-00000373',
  }),
  own('A.png', Array.from({ length: 4 }, () => `watermark,${mark('mark.png')}`).join('/'), {
    error: 'InvalidArgument',
    ec: '0040-00000026',
  }),
  own('A.png', 'watermark,text_*', { error: 'InvalidArgument', ec: '0040-00000257' }),
  own('A.png', 'watermark,text_', { error: 'InvalidArgument', ec: '0040-00000258' }),
  own('A.png', `watermark,text_${encodeBase64('x'.repeat(65))}`, { error: 'InvalidArgument', ec: '0040-00000259' }),
  own('A.png', `watermark,text_${encodeBase64('x'.repeat(64))},size_3`, { is: '200x100 png' }),
  own('A.png', `watermark,text_YQ,type_${encodeBase64('comic')}`, { error: 'InvalidArgument', ec: '0040-00000251' }),
  own('A.png', 'watermark,text_YQ,type_*', { error: 'InvalidArgument', ec: '0040-00000250' }),
];
