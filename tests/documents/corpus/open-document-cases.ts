import { openDocument } from '../make/open-document.ts';
import type { Case } from './case.ts';
import { BLUE, plainPicture } from './pictures.ts';

const paragraphs = (...texts: readonly string[]) => texts.map((text) => `<text:p>${text}</text:p>`).join('');

const pictureFile = async () => [{ name: 'Pictures/p.png', body: await plainPicture(BLUE), type: 'image/png' }];

const image =
  '<draw:frame svg:width="10cm" svg:height="10cm" svg:x="2cm" svg:y="4cm" text:anchor-type="paragraph"><draw:image xlink:href="Pictures/p.png"/></draw:frame>';

const worksheet = (name: string, ...cells: readonly string[]) =>
  `<table:table table:name="${name}"><table:table-row>${cells.map((cell) => `<table:table-cell office:value-type="string"><text:p>${cell}</text:p></table:table-cell>`).join('')}</table:table-row></table:table>`;

const annotation = (text: string) =>
  `<office:annotation svg:x="1cm" svg:y="1cm"><dc:creator>A</dc:creator><dc:date>2026-01-01T00:00:00</dc:date><text:p>${text}</text:p></office:annotation>`;

const slide = (name: string, content: string) =>
  `<draw:page draw:name="${name}" draw:master-page-name="m">${content}</draw:page>`;

const frameOf = (text: string) =>
  `<draw:frame svg:width="20cm" svg:height="3cm" svg:x="2cm" svg:y="2cm"><draw:text-box>${paragraphs(text)}</draw:text-box></draw:frame>`;

const master =
  '<office:automatic-styles><style:page-layout style:name="l"><style:page-layout-properties fo:page-width="28cm" fo:page-height="21cm"/></style:page-layout></office:automatic-styles><office:master-styles><style:master-page style:name="m" style:page-layout-name="l"/></office:master-styles>';

export const openDocumentCases: readonly Case[] = [
  {
    name: 'plain.odt',
    make: () => openDocument('text', paragraphs('An open text', '开放文档')),
    expect: {
      pages: 1,
      texts: [
        [1, 'An open text'],
        [1, '开放文档'],
      ],
    },
  },
  {
    name: 'notes.odt',
    make: () =>
      openDocument(
        'text',
        '<text:p>Claim<text:note text:id="n" text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body><text:p>At the foot</text:p></text:note-body></text:note></text:p>',
      ),
    expect: { pages: 1, texts: [[1, 'At the foot']], ink: [{ page: 1, area: [0, 80, 100, 100], least: 0.1 }] },
  },
  {
    name: 'picture.odt',
    make: async () => openDocument('text', `<text:p>${image}</text:p>`, { files: await pictureFile() }),
    expect: { pages: 1, ink: [{ page: 1, colour: BLUE, least: 14 }] },
  },
  {
    name: 'table.odt',
    slow: true,
    make: () =>
      openDocument(
        'text',
        `<table:table><table:table-column/><table:table-row><table:table-cell>${paragraphs('left')}</table:table-cell></table:table-row></table:table>${paragraphs('below')}`,
      ),
    expect: {
      pages: 1,
      texts: [
        [1, 'left'],
        [1, 'below'],
      ],
    },
  },
  {
    name: 'dated.odt',
    // What it shows would be another day tomorrow; the place for the time is filled all the same.
    make: () => openDocument('text', '<text:p>Printed on <text:date/> at <text:time/>.</text:p>'),
    expect: { pages: 1, texts: [[1, 'Printed on']] },
  },
  {
    name: 'plain.ods',
    make: () => openDocument('spreadsheet', worksheet('One', 'first cell') + worksheet('Two', '第二张')),
    expect: {
      pages: 2,
      texts: [
        [1, 'first cell'],
        [2, '第二张'],
      ],
      names: ['One/1_1', 'Two/2_1'],
    },
  },
  {
    name: 'comments.odt',
    make: () => openDocument('text', `<text:p>Said${annotation('Remarked')} so</text:p>`),
    expect: { pages: 1, texts: [[1, 'Said so']], absent: ['Remarked'] },
  },
  {
    name: 'comments.ods',
    make: () =>
      openDocument(
        'spreadsheet',
        `<table:table table:name="One"><table:table-row><table:table-cell office:value-type="string">${annotation('Remarked')}<text:p>a value</text:p></table:table-cell></table:table-row></table:table>`,
      ),
    expect: { pages: 1, texts: [[1, 'a value']], absent: ['Remarked'] },
  },
  {
    name: 'comments.odp',
    make: () => openDocument('presentation', slide('a', frameOf('Shown') + annotation('Remarked')), { pages: master }),
    expect: { pages: 1, texts: [[1, 'Shown']], absent: ['Remarked'] },
  },
  {
    name: 'plain.odp',
    make: () =>
      openDocument('presentation', slide('a', frameOf('First slide')) + slide('b', frameOf('第二张幻灯片')), {
        pages: master,
      }),
    expect: {
      pages: 2,
      texts: [
        [1, 'First slide'],
        [2, '第二张幻灯片'],
      ],
    },
  },
  {
    name: 'picture.odp',
    slow: true,
    make: async () => openDocument('presentation', slide('a', image), { pages: master, files: await pictureFile() }),
    expect: { pages: 1, ink: [{ page: 1, colour: BLUE, least: 12 }] },
  },
];
