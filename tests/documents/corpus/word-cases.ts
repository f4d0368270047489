import { columnChart, officeOpen, xml } from '../make/office-open.ts';
import { chart, docx, field, numberedPages, paragraph, picture, table, wordPart } from '../make/word.ts';
import type { Case } from './case.ts';
import { BLUE, GREEN, hex, plainPicture, RED } from './pictures.ts';

const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml';
const A4_MARGINS = '<w:pgMar w:top="1440" w:right="1440" w:bottom="1440" w:left="1440" w:header="700" w:footer="700"/>';
const A4 = `<w:pgSz w:w="11906" w:h="16838"/>${A4_MARGINS}`;

const STYLES =
  '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style><w:style w:type="paragraph" w:styleId="CommentText"><w:name w:val="annotation text"/><w:basedOn w:val="Normal"/></w:style>';

/** As many rows of a list, the first of which is its head. */
const rows = (count: number) => [
  ['Number', 'Square', 'Note'],
  ...Array.from({ length: count }, (_, index) => [`no ${index}`, `${index * index}`, 'a note']),
];

/** Characters that look unlike one another, in fonts that have them. */
const lines = (characters: string, font?: string) =>
  [...characters].map((character) => paragraph(character.repeat(12), { size: 40, ...(font ? { font } : {}) })).join('');

export const wordCases: readonly Case[] = [
  {
    name: 'plain.docx',
    make: () => docx(paragraph('One page and one line.')),
    expect: { pages: 1, texts: [[1, 'One page and one line.']], size: [794, 1123] },
  },
  {
    name: 'twenty.docx',
    make: () => docx(numberedPages(20, 'Page number', 20)),
    expect: {
      pages: 20,
      texts: [
        [1, 'Page number 1.'],
        [20, 'Page number 20.'],
      ],
    },
  },
  {
    name: 'two-hundred.docx',
    make: () => docx(numberedPages(200, 'Page number', 20)),
    expect: {
      pages: 200,
      texts: [
        [1, 'Page number 1.'],
        [77, 'Page number 77.'],
        [200, 'Page number 200.'],
      ],
    },
    slow: true,
  },
  {
    name: 'table.docx',
    make: () => docx(table(rows(60))),
    expect: {
      pages: 2,
      // The head is repeated on each page.
      texts: [
        [1, 'Number'],
        [2, 'Number'],
        [2, 'no 59'],
      ],
    },
  },
  {
    name: 'picture.docx',
    make: async () =>
      docx(picture('p', 10, 10), {
        relationships: [{ id: 'p', type: 'image', target: 'media/p.png' }],
        parts: [{ name: 'word/media/p.png', body: await plainPicture(RED) }],
      }),
    expect: { pages: 1, ink: [{ page: 1, colour: RED, least: 14, most: 18 }] },
  },
  {
    name: 'photograph.docx',
    slow: true,
    make: async () =>
      docx(picture('p', 8, 8), {
        relationships: [{ id: 'p', type: 'image', target: 'media/p.jpeg' }],
        parts: [{ name: 'word/media/p.jpeg', body: await plainPicture(BLUE, 'jpeg') }],
      }),
    expect: { pages: 1, ink: [{ page: 1, colour: BLUE, least: 8 }] },
  },
  {
    name: 'vector.docx',
    make: async () =>
      docx(picture('p', 8, 8), {
        relationships: [{ id: 'p', type: 'image', target: 'media/p.svg' }],
        parts: [
          {
            name: 'word/media/p.svg',
            body: `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="80"><rect width="80" height="80" fill="#${hex(GREEN)}"/></svg>`,
          },
        ],
      }),
    expect: { pages: 1, ink: [{ page: 1, colour: GREEN, least: 8 }] },
  },
  {
    name: 'chart.docx',
    make: () =>
      docx(chart('c', 14, 8), {
        relationships: [{ id: 'c', type: 'chart', target: 'charts/c.xml' }],
        parts: [columnChart('word/charts/c.xml', 'Rain in spring', hex(BLUE))],
      }),
    expect: {
      pages: 1,
      texts: [
        [1, 'Rain in spring'],
        [1, 'south'],
      ],
      ink: [{ page: 1, colour: BLUE, least: 2 }],
    },
  },
  {
    name: 'footnotes.docx',
    make: () =>
      docx(
        '<w:p><w:r><w:t>A claim</w:t></w:r><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteReference w:id="2"/></w:r></w:p>',
        {
          relationships: [{ id: 'f', type: 'footnotes', target: 'footnotes.xml' }],
          parts: [
            wordPart(
              'footnotes.xml',
              'footnotes',
              'footnotes',
              `<w:footnote w:id="0" w:type="separator"><w:p><w:r><w:separator/></w:r></w:p></w:footnote><w:footnote w:id="1" w:type="continuationSeparator"><w:p><w:r><w:continuationSeparator/></w:r></w:p></w:footnote><w:footnote w:id="2">${paragraph('Where the claim comes from.')}</w:footnote>`,
            ),
          ],
        },
      ),
    expect: {
      pages: 1,
      texts: [[1, 'Where the claim comes from.']],
      // The note stands at the foot.
      ink: [
        { page: 1, area: [0, 80, 100, 100], least: 0.2 },
        { page: 1, area: [0, 30, 100, 70], most: 0 },
      ],
    },
  },
  {
    name: 'endnotes.docx',
    slow: true,
    make: () =>
      docx('<w:p><w:r><w:t>A claim</w:t></w:r><w:r><w:endnoteReference w:id="2"/></w:r></w:p>', {
        relationships: [{ id: 'f', type: 'endnotes', target: 'endnotes.xml' }],
        parts: [
          wordPart(
            'endnotes.xml',
            'endnotes',
            'endnotes',
            `<w:endnote w:id="0" w:type="separator"><w:p><w:r><w:separator/></w:r></w:p></w:endnote><w:endnote w:id="2">${paragraph('Said at the end.')}</w:endnote>`,
          ),
        ],
      }),
    expect: { pages: [1, 2], texts: [[1, 'A claim']] },
  },
  {
    name: 'header-and-footer.docx',
    make: () =>
      docx(numberedPages(3), {
        section: `<w:headerReference w:type="default" r:id="h"/><w:footerReference w:type="default" r:id="f"/>${A4}`,
        relationships: [
          { id: 'h', type: 'header', target: 'header.xml' },
          { id: 'f', type: 'footer', target: 'footer.xml' },
        ],
        parts: [
          wordPart('header.xml', 'hdr', 'header', paragraph('Above each page')),
          wordPart('footer.xml', 'ftr', 'footer', field('PAGE', '1')),
        ],
      }),
    expect: {
      pages: 3,
      texts: [
        [1, 'Above each page'],
        [3, 'Above each page'],
        [3, 'Page number 3.3'],
      ],
    },
  },
  {
    name: 'landscape.docx',
    make: () =>
      docx(paragraph('Lying.'), {
        section: `<w:pgSz w:w="23811" w:h="16838" w:orient="landscape"/>${A4_MARGINS}`,
      }),
    expect: { pages: 1, texts: [[1, 'Lying.']], size: [1587, 1123] },
  },
  {
    name: 'two-sections.docx',
    slow: true,
    make: () =>
      docx(
        `${paragraph('Upright')}<w:p><w:pPr><w:sectPr>${A4}</w:sectPr></w:pPr></w:p>${paragraph('In two columns')}`,
        { section: `${A4}<w:cols w:num="2" w:space="400"/>` },
      ),
    expect: {
      pages: 2,
      texts: [
        [1, 'Upright'],
        [2, 'In two columns'],
      ],
    },
  },
  {
    name: 'arabic.docx',
    make: () => docx(paragraph('مرحبا بالعالم', { rightToLeft: true, size: 40 })),
    expect: {
      pages: 1,
      texts: [[1, 'مرحبا بالعالم']],
      // It begins at the right margin.
      ink: [
        { page: 1, area: [60, 0, 100, 30], least: 0.5 },
        { page: 1, area: [0, 0, 50, 30], most: 0 },
      ],
    },
  },
  {
    name: 'hebrew-table.docx',
    slow: true,
    make: () => docx(table([['שלום', 'עולם', 'one']], '<w:bidiVisual/>')),
    expect: {
      pages: 1,
      texts: [
        [1, 'שלום'],
        [1, 'one'],
      ],
    },
  },
  {
    name: 'chinese.docx',
    make: () => docx(lines('春夏秋冬天地', 'SimSun')),
    expect: { pages: 1, texts: [[1, '秋秋秋秋']], unlike: 6 },
  },
  {
    name: 'chinese-faces.docx',
    slow: true,
    make: () =>
      docx(
        ['SimHei', 'KaiTi', 'FangSong', 'Microsoft YaHei', '仿宋_GB2312']
          .map((font) => paragraph(`字体${font}`, { font, size: 40 }))
          .join(''),
      ),
    expect: { pages: 1, texts: [[1, '字体仿宋_GB2312']], unlike: 5 },
  },
  {
    name: 'traditional.docx',
    slow: true,
    make: () => docx(lines('龍鳳麒麟龜', 'MingLiU')),
    expect: { pages: 1, texts: [[1, '麒麒麒']], unlike: 5 },
  },
  {
    name: 'japanese.docx',
    make: () => docx(lines('さくらカナ漢', 'MS Mincho')),
    expect: { pages: 1, texts: [[1, 'さささ']], unlike: 6 },
  },
  {
    name: 'korean.docx',
    make: () => docx(lines('가나다라마', 'Batang')),
    expect: { pages: 1, texts: [[1, '가가가']], unlike: 5 },
  },
  {
    name: 'other-scripts.docx',
    make: () => docx(lines('ЖΩéŁđ№€', 'Arial')),
    expect: { pages: 1, texts: [[1, 'ЖЖЖ']], unlike: 7 },
  },
  {
    name: 'emoji.docx',
    make: () => docx(lines('😀🚀🐉🍎')),
    expect: { pages: 1, unlike: 4, ink: [{ page: 1, area: [0, 0, 100, 40], least: 3 }] },
  },
  {
    name: 'tracked-changes.docx',
    make: () =>
      docx(
        '<w:p><w:r><w:t xml:space="preserve">It stays. </w:t></w:r><w:ins w:id="1" w:author="A" w:date="2026-01-01T00:00:00Z"><w:r><w:t>It came.</w:t></w:r></w:ins></w:p>',
      ),
    expect: { pages: 1, texts: [[1, 'It stays. It came.']] },
  },
  {
    name: 'comments.docx',
    make: () =>
      docx(
        '<w:p><w:commentRangeStart w:id="0"/><w:r><w:t>Said</w:t></w:r><w:commentRangeEnd w:id="0"/><w:r><w:commentReference w:id="0"/></w:r></w:p>',
        {
          relationships: [
            { id: 'c', type: 'comments', target: 'comments.xml' },
            { id: 's', type: 'styles', target: 'styles.xml' },
          ],
          parts: [
            wordPart('styles.xml', 'styles', 'styles', STYLES),
            wordPart(
              'comments.xml',
              'comments',
              'comments',
              `<w:comment w:id="0" w:author="A" w:initials="A" w:date="2026-01-01T00:00:00Z">${paragraph('Remarked')}</w:comment>`,
            ),
          ],
        },
      ),
    expect: { pages: 1, texts: [[1, 'Said']], absent: ['Remarked'] },
  },
  {
    name: 'text-box.docx',
    make: () =>
      docx(
        '<w:p><w:r><w:pict><v:shape type="#t" style="position:absolute;width:200pt;height:60pt" fillcolor="#ffff00"><v:textbox><w:txbxContent><w:p><w:r><w:t>Boxed in</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>',
      ),
    expect: { pages: 1, texts: [[1, 'Boxed in']] },
  },
  {
    name: 'formula.docx',
    make: () =>
      docx(
        '<w:p><m:oMathPara><m:oMath><m:f><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>c</m:t></m:r></m:den></m:f></m:oMath></m:oMathPara></w:p>',
      ),
    expect: { pages: 1 },
  },
  {
    name: 'hyperlinks.docx',
    slow: true,
    make: () =>
      docx('<w:p><w:hyperlink r:id="h"><w:r><w:t>Look there</w:t></w:r></w:hyperlink></w:p>', {
        relationships: [{ id: 'h', type: 'hyperlink', target: 'https://example.com/', external: true }],
      }),
    expect: { pages: 1, texts: [[1, 'Look there']] },
  },
  {
    name: 'empty-page.docx',
    make: () => docx(''),
    expect: { pages: 1, blank: [1] },
  },
  {
    name: 'one-long-word.docx',
    slow: true,
    make: () => docx(paragraph('x'.repeat(60_000))),
    expect: { pages: [8, 16] },
  },
  {
    name: 'deep-tables.docx',
    make: () => {
      let nested = paragraph('Innermost');
      for (let depth = 0; depth < 12; depth++) {
        nested = `<w:tbl><w:tblPr/><w:tblGrid><w:gridCol w:w="8000"/></w:tblGrid><w:tr><w:tc>${nested}<w:p/></w:tc></w:tr></w:tbl>`;
      }
      return docx(`${nested}<w:p/>`);
    },
    expect: { pages: 1, texts: [[1, 'Innermost']] },
  },
  {
    name: 'strict.docx',
    make: () =>
      officeOpen(
        [
          {
            name: 'word/document.xml',
            contentType: `${WORD}.document.main+xml`,
            body: xml(
              '<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"><w:body><w:p><w:r><w:t>By the strict letter</w:t></w:r></w:p></w:body></w:document>',
            ),
          },
        ],
        'http://purl.oclc.org/ooxml/officeDocument/relationships',
      ),
    expect: { pages: 1, texts: [[1, 'By the strict letter']] },
  },
  {
    name: 'template.dotx',
    slow: true,
    make: () => docx(paragraph('From a template'), { mainType: `${WORD}.template.main+xml` }),
    expect: { pages: 1, texts: [[1, 'From a template']] },
  },
  {
    name: 'no-extension',
    slow: true,
    source: 'docx',
    make: () => docx(paragraph('Named by the request')),
    expect: { pages: 1, texts: [[1, 'Named by the request']] },
  },
  {
    name: 'lies.pdf',
    make: () => docx(paragraph('It calls itself a PDF')),
    expect: { pages: 1, texts: [[1, 'It calls itself a PDF']] },
  },
];
