import { firstOwnObject, pdf, pdfPages, pdfText } from '../make/pdf.ts';
import type { Case } from './case.ts';
import { hex, RED } from './pictures.ts';

const numbered = (count: number) => Array.from({ length: count }, (_, index) => pdfText(`Page ${index + 1}.`));

const red = RED.map((part) => (part / 255).toFixed(4)).join(' ');

/** A font of a Chinese standard, which no reader gets with the file. */
const CHINESE_FONT =
  '<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 >>] >>';

const chineseText = (text: string, y: number) =>
  `BT /F1 24 Tf 72 ${y} Td <${Buffer.from(text, 'utf16le').swap16().toString('hex')}> Tj ET`;

export const pdfCases: readonly Case[] = [
  {
    name: 'plain.pdf',
    make: () => pdfPages({ contents: numbered(3) }),
    expect: {
      pages: 3,
      texts: [
        [1, 'Page 1.'],
        [3, 'Page 3.'],
      ],
      size: [794, 1123],
    },
  },
  {
    name: 'drawing.pdf',
    make: () => pdfPages({ contents: [`${red} rg 0 0 595 421 re f`] }),
    expect: {
      pages: 1,
      ink: [
        { page: 1, colour: RED, least: 48, most: 52 },
        { page: 1, area: [0, 0, 100, 45], most: 0 },
      ],
    },
  },
  {
    name: 'turned.pdf',
    make: () => pdfPages({ contents: numbered(1), page: () => '/Rotate 90' }),
    expect: { pages: 1, texts: [[1, 'Page 1.']], size: [1123, 794] },
  },
  {
    name: 'several-sizes.pdf',
    slow: true,
    make: () => pdfPages({ contents: numbered(3), page: (index) => (index === 0 ? '/CropBox [0 600 400 842]' : '') }),
    expect: { pages: 3, size: [534, 323], texts: [[2, 'Page 2.']] },
  },
  {
    name: 'fonts-not-carried.pdf',
    make: () =>
      pdfPages({
        contents: [
          ['春春春春', '秋秋秋秋', '龙龙龙龙'].map((text, line) => chineseText(text, 700 - 60 * line)).join('\n'),
        ],
        font: CHINESE_FONT,
      }),
    expect: { pages: 1, texts: [[1, '秋秋秋秋']], unlike: 3 },
  },
  {
    name: 'form.pdf',
    make: () => {
      const own = firstOwnObject(1);
      return pdfPages({
        contents: numbered(1),
        page: () => `/Annots [${own} 0 R]`,
        catalogue: `/AcroForm << /Fields [${own} 0 R] /NeedAppearances true /DA (/F1 12 Tf 0 g) /DR << /Font << /F1 3 0 R >> >> >>`,
        objects: [
          '<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Filled in) /Rect [72 600 300 630] /DA (/F1 14 Tf 0 g) /F 4 /P 4 0 R >>',
        ],
      });
    },
    expect: { pages: 1, texts: [[1, 'Page 1.']], ink: [{ page: 1, area: [10, 24, 55, 30], least: 0.1 }] },
  },
  {
    name: 'actions.pdf',
    // It would run a program, a script and a request, if anybody let it.
    make: () => {
      const own = firstOwnObject(1);
      return pdfPages({
        contents: numbered(1),
        catalogue: `/OpenAction ${own} 0 R /AA << /WC ${own + 1} 0 R >>`,
        objects: [
          '<< /S /Launch /F (/bin/sh) /Next << /S /URI /URI (http://127.0.0.1/) >> >>',
          '<< /S /JavaScript /JS (app.alert\\(1\\)) >>',
        ],
      });
    },
    expect: { pages: 1, texts: [[1, 'Page 1.']] },
  },
  {
    name: 'bytes-before.pdf',
    slow: true,
    make: () => Buffer.concat([Buffer.from('\r\n\r\n'), pdfPages({ contents: numbered(1) })]),
    expect: { pages: 1, texts: [[1, 'Page 1.']] },
  },
  {
    name: 'no-table.pdf',
    // Readers find the objects by themselves when the table of where they are is not where it should be.
    make: () => {
      const whole = pdfPages({ contents: numbered(2) }).toString('latin1');
      return Buffer.from(whole.replace(/startxref\n\d+/, 'startxref\n7'), 'latin1');
    },
    expect: { pages: 2, texts: [[2, 'Page 2.']] },
  },
  {
    name: 'blank.pdf',
    make: () => pdfPages({ contents: [''] }),
    expect: { pages: 1, blank: [1] },
  },
  {
    name: 'two-hundred.pdf',
    make: () => pdfPages({ contents: numbered(200) }),
    expect: { pages: 200, texts: [[200, 'Page 200.']] },
    slow: true,
  },
  {
    name: 'cut.pdf',
    make: () => pdfPages({ contents: numbered(3) }).subarray(0, 60),
    expect: { refused: /damaged/ },
  },
  {
    name: 'no-pages.pdf',
    make: () => pdf(['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [] /Count 0 >>']),
    expect: { refused: /no pages|damaged/ },
  },
  {
    name: 'circle.pdf',
    slow: true,
    make: () => pdf(['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>']),
    // Poppler takes each turn of it for an empty page, and stops.
    expect: { pages: [0, 2], blank: [1, 2] },
  },
  {
    name: 'vast.pdf',
    make: () =>
      pdfPages({ contents: numbered(1), page: () => '/MediaBox [0 0 14400 14400] /CropBox [0 0 14400 14400]' }),
    expect: { pages: 1, noPictures: /pixels/ },
  },
  {
    name: 'hundred-thousand.pdf',
    make: () => manyPages(100_000),
    expect: { refused: /100000 pages; 5000 are allowed/ },
  },
];

/** As many pages, all of which draw the same. */
export function manyPages(count: number): Buffer {
  const kids = Array.from({ length: count }, (_, index) => `${index + 5} 0 R`);
  return pdf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids.join(' ')}] /Count ${count} /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    `<< /Length ${pdfText(hex(RED)).length} >>\nstream\n${pdfText(hex(RED))}\nendstream`,
    ...Array.from({ length: count }, () => '<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>'),
  ]);
}
