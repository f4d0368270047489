import { columnChart } from '../make/office-open.ts';
import { drawnChart, drawnPicture, sheetDrawing, xlsx } from '../make/sheets.ts';
import type { Case } from './case.ts';
import { GREEN, hex, plainPicture, RED } from './pictures.ts';

const SHEETS = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

const grid = (rows: number, columns: number, text = 'cell') =>
  Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) => `${text} ${row}.${column}`));

export const sheetCases: readonly Case[] = [
  {
    name: 'plain.xlsx',
    make: () =>
      xlsx([
        {
          name: 'Prices',
          rows: [
            ['Item', 'Price'],
            ['Bread', 3.5],
          ],
        },
      ]),
    expect: { pages: 1, texts: [[1, 'Bread']], names: ['Prices/1_1'] },
  },
  {
    name: 'two-sheets.xlsx',
    make: () =>
      xlsx([
        { name: 'Long', rows: grid(120, 2) },
        { name: 'Short', rows: [['last']] },
      ]),
    expect: {
      pages: [3, 5],
      texts: [[1, 'cell 0.0']],
    },
  },
  {
    name: 'titles.xlsx',
    // No program lets anybody type these, but a file may hold them. LibreOffice gives the first another name.
    make: () =>
      xlsx([
        { name: '../../up', rows: [['slashes']] },
        { name: '..', rows: [['dots']] },
        { name: '季度 %2F 表', rows: [['percent']] },
      ]),
    expect: {
      pages: 3,
      texts: [
        [1, 'slashes'],
        [2, 'dots'],
        [3, 'percent'],
      ],
      names: ['Sheet1/1_1', '__/2_1', '季度 %2F 表/3_1'],
    },
  },
  {
    name: 'hidden.xlsx',
    make: () =>
      xlsx([
        { name: 'Seen', rows: [['seen']] },
        { name: 'Hidden', hidden: true, rows: [['not seen']] },
        { name: 'Empty', rows: [] },
        { name: 'Last', rows: [['last']] },
      ]),
    expect: {
      pages: 2,
      texts: [
        [1, 'seen'],
        [2, 'last'],
      ],
      absent: ['not seen'],
    },
  },
  {
    name: 'formulas.xlsx',
    make: () => xlsx([{ name: 'Sum', rows: [[19, 23, '=A1+B1', '=IF(C1>40,"large","small")']] }]),
    expect: {
      pages: 1,
      texts: [
        [1, '42'],
        [1, 'large'],
      ],
    },
  },
  {
    name: 'merged.xlsx',
    slow: true,
    make: () =>
      xlsx([
        {
          name: 'Merged',
          rows: [
            ['across three', null, null],
            ['a', 'b', 'c'],
          ],
          after: '<mergeCells count="1"><mergeCell ref="A1:C1"/></mergeCells>',
        },
      ]),
    expect: { pages: 1, texts: [[1, 'across three']] },
  },
  {
    name: 'wide.xlsx',
    slow: true,
    make: () => xlsx([{ name: 'Wide', rows: grid(5, 40) }]),
    expect: { pages: [4, 8], texts: [[1, 'cell 0.0']] },
  },
  {
    name: 'thousand-rows.xlsx',
    make: () => xlsx([{ name: 'Rows', rows: grid(1000, 4) }]),
    expect: { pages: [15, 30], texts: [[1, 'cell 0.0']] },
    slow: true,
  },
  {
    name: 'chart.xlsx',
    make: () =>
      xlsx(
        [
          {
            name: 'Chart',
            rows: [['data']],
            after: '<drawing r:id="d"/>',
            relationships: [{ id: 'd', type: 'drawing', target: '../drawings/d.xml' }],
          },
        ],
        {
          parts: [
            sheetDrawing('xl/drawings/d.xml', drawnChart('c'), [{ id: 'c', type: 'chart', target: '../charts/c.xml' }]),
            columnChart('xl/charts/c.xml', 'Harvest', hex(GREEN)),
          ],
        },
      ),
    expect: { pages: 1, texts: [[1, 'Harvest']], ink: [{ page: 1, colour: GREEN, least: 1 }] },
  },
  {
    name: 'picture.xlsx',
    make: async () =>
      xlsx(
        [
          {
            name: 'Picture',
            rows: [['data']],
            after: '<drawing r:id="d"/>',
            relationships: [{ id: 'd', type: 'drawing', target: '../drawings/d.xml' }],
          },
        ],
        {
          parts: [
            sheetDrawing('xl/drawings/d.xml', drawnPicture('p'), [
              { id: 'p', type: 'image', target: '../media/p.png' },
            ]),
            { name: 'xl/media/p.png', body: await plainPicture(RED) },
          ],
        },
      ),
    expect: { pages: 1, ink: [{ page: 1, colour: RED, least: 5 }] },
  },
  {
    name: 'right-to-left.xlsx',
    make: () =>
      xlsx([
        {
          name: 'ورقة',
          before: '<sheetViews><sheetView rightToLeft="1" workbookViewId="0"/></sheetViews>',
          rows: [['السعر', 'خبز']],
        },
      ]),
    expect: {
      pages: 1,
      texts: [[1, 'السعر']],
      ink: [
        { page: 1, area: [50, 0, 100, 30], least: 0.01 },
        { page: 1, area: [0, 0, 50, 30], most: 0.5 },
      ],
      names: ['ورقة/1_1'],
    },
  },
  {
    name: 'chinese.xlsx',
    make: () => xlsx([{ name: '价格', rows: [['面包', '三元五角']] }]),
    expect: { pages: 1, texts: [[1, '三元五角']], names: ['价格/1_1'] },
  },
  {
    name: 'print-area.xlsx',
    make: () =>
      xlsx([{ name: 'Area', rows: grid(40, 6) }], {
        definitions:
          '<definedNames><definedName name="_xlnm.Print_Area" localSheetId="0">Area!$A$1:$B$3</definedName></definedNames>',
      }),
    expect: { pages: 1, texts: [[1, 'cell 2.1']], absent: ['cell 4.0'] },
  },
  {
    name: 'far-corner.xlsx',
    // One cell at the end of the largest worksheet there can be.
    make: () =>
      xlsx([
        {
          name: 'Far',
          rows: [['near']],
          after: '',
        },
        { name: 'Corner', rows: [], before: '<dimension ref="A1:XFD1048576"/>' },
      ]),
    expect: { pages: 1, texts: [[1, 'near']] },
  },
  {
    name: 'macro-enabled.xlsm',
    slow: true,
    make: () =>
      xlsx([{ name: 'Sheet', rows: [['with macros']] }], {
        mainType: 'application/vnd.ms-excel.sheet.macroEnabled.main+xml',
      }),
    expect: { pages: 1, texts: [[1, 'with macros']] },
  },
  {
    name: 'template.xltx',
    slow: true,
    make: () => xlsx([{ name: 'Sheet', rows: [['a template']] }], { mainType: `${SHEETS}.template.main+xml` }),
    expect: { pages: 1, texts: [[1, 'a template']] },
  },
  {
    name: 'nothing.xlsx',
    make: () => xlsx([{ name: 'Empty', rows: [] }]),
    expect: { pages: 1, blank: [1] },
  },
  {
    name: 'plain.csv',
    make: () => Buffer.from('name,price\n面包,3.5\n"with, comma",4\n'),
    expect: {
      pages: 1,
      texts: [
        [1, '面包'],
        [1, 'with, comma'],
      ],
      names: ['plain/1_1'],
    },
  },
  {
    name: 'national.csv',
    // 中文,1 in GB 18030.
    make: () => Buffer.from([0xd6, 0xd0, 0xce, 0xc4, 0x2c, 0x31, 0x0a]),
    expect: { pages: 1, texts: [[1, '中文']] },
  },
  {
    name: 'marked.csv',
    slow: true,
    make: () => Buffer.from('\ufeffname,price\nbread,3\n'),
    expect: { pages: 1, texts: [[1, 'bread']] },
  },
  {
    name: 'two-bytes.csv',
    make: () => Buffer.from('\ufeff名称,价格\n面包,3\n', 'utf16le'),
    expect: { pages: 1, texts: [[1, '面包']] },
  },
  {
    name: 'semicolons.csv',
    slow: true,
    make: () => Buffer.from('name;price\nbread;3,5\n'),
    expect: { pages: 1, texts: [[1, 'bread']] },
  },
  {
    name: 'long.csv',
    make: () => Buffer.from(Array.from({ length: 3000 }, (_, row) => `row ${row},${row * 2}`).join('\n')),
    expect: { pages: [45, 70], texts: [[1, 'row 0']] },
    slow: true,
  },
];
