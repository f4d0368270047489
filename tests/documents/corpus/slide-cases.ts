import { columnChart } from '../make/office-open.ts';
import { filledShape, pptx, slideChart, slidePicture, slideTable, textBox } from '../make/slides.ts';
import type { Case } from './case.ts';
import { BLUE, GREEN, hex, plainPicture, RED } from './pictures.ts';

const SLIDES = 'application/vnd.openxmlformats-officedocument.presentationml';

export const slideCases: readonly Case[] = [
  {
    name: 'plain.pptx',
    make: () => pptx([1, 2, 3].map((number) => ({ shapes: textBox(`Slide ${number} of three`) }))),
    expect: {
      pages: 3,
      texts: [
        [1, 'Slide 1 of three'],
        [3, 'Slide 3 of three'],
      ],
      size: [960, 720],
    },
  },
  {
    name: 'shape.pptx',
    make: () => pptx([{ shapes: filledShape('ellipse', hex(GREEN)) }]),
    expect: { pages: 1, ink: [{ page: 1, colour: GREEN, least: 10, most: 14 }] },
  },
  {
    name: 'picture.pptx',
    make: async () =>
      pptx([{ shapes: slidePicture('p'), relationships: [{ id: 'p', type: 'image', target: '../media/p.png' }] }], {
        parts: [{ name: 'ppt/media/p.png', body: await plainPicture(RED) }],
      }),
    expect: { pages: 1, ink: [{ page: 1, colour: RED, least: 15, most: 17 }] },
  },
  {
    name: 'chart.pptx',
    make: () =>
      pptx([{ shapes: slideChart('c'), relationships: [{ id: 'c', type: 'chart', target: '../charts/c.xml' }] }], {
        parts: [columnChart('ppt/charts/c.xml', 'Visitors', hex(BLUE))],
      }),
    expect: { pages: 1, texts: [[1, 'Visitors']], ink: [{ page: 1, colour: BLUE, least: 5 }] },
  },
  {
    name: 'table.pptx',
    make: () =>
      pptx([
        {
          shapes: slideTable([
            ['North', 'South'],
            ['12', '34'],
          ]),
        },
      ]),
    expect: {
      pages: 1,
      texts: [
        [1, 'South'],
        [1, '34'],
      ],
    },
  },
  {
    name: 'scripts.pptx',
    make: () =>
      pptx([
        { shapes: textBox('幻灯片标题', { font: 'Microsoft YaHei' }) },
        { shapes: textBox('عنوان الشريحة', { rightToLeft: true }) },
      ]),
    expect: {
      pages: 2,
      texts: [
        [1, '幻灯片标题'],
        [2, 'عنوان الشريحة'],
      ],
      ink: [
        { page: 2, area: [60, 0, 100, 40], least: 0.3 },
        { page: 2, area: [0, 0, 45, 40], most: 0 },
      ],
    },
  },
  {
    name: 'hidden-slide.pptx',
    make: () =>
      pptx([
        { shapes: textBox('shown') },
        { shapes: textBox('kept back'), hidden: true },
        { shapes: textBox('shown as well') },
      ]),
    expect: { pages: 2, texts: [[2, 'shown as well']], absent: ['kept back'] },
  },
  {
    name: 'hundred.pptx',
    make: () => pptx(Array.from({ length: 100 }, (_, index) => ({ shapes: textBox(`Slide ${index + 1}.`) }))),
    expect: { pages: 100, texts: [[100, 'Slide 100.']] },
    slow: true,
  },
  {
    name: 'show.ppsx',
    slow: true,
    make: () => pptx([{ shapes: textBox('A show') }], { mainType: `${SLIDES}.slideshow.main+xml` }),
    expect: { pages: 1, texts: [[1, 'A show']] },
  },
  {
    name: 'template.potx',
    slow: true,
    make: () => pptx([{ shapes: textBox('A template') }], { mainType: `${SLIDES}.template.main+xml` }),
    expect: { pages: 1, texts: [[1, 'A template']] },
  },
  {
    name: 'macro-enabled.pptm',
    slow: true,
    make: () =>
      pptx([{ shapes: textBox('With macros') }], {
        mainType: 'application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml',
      }),
    expect: { pages: 1, texts: [[1, 'With macros']] },
  },
  {
    name: 'blank.pptx',
    make: () => pptx([{ shapes: '' }]),
    expect: { pages: 1, blank: [1] },
  },
];
