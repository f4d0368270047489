import { savedByOffice } from '../make/saved.ts';
import type { Case } from './case.ts';

const password = 'correct horse';
const locked = /password|encrypt/i;

/** What only LibreOffice can write: the formats of Office 97 to 2003, and documents under a password. */
export const savedCases: readonly Case[] = [
  {
    name: 'letter.doc',
    make: () => savedByOffice('letter', 'MS Word 97'),
    expect: {
      pages: 2,
      texts: [
        [1, 'Letter 1.'],
        [2, '第二页'],
      ],
    },
  },
  {
    name: 'letter.dot',
    slow: true,
    make: () => savedByOffice('letter', 'MS Word 97 Vorlage'),
    expect: { pages: 2, texts: [[1, 'Letter 1.']] },
  },
  {
    name: 'letter.wps',
    slow: true,
    // WPS Office writes the format of Word under a name of its own.
    make: () => savedByOffice('letter', 'MS Word 97'),
    expect: { pages: 2, texts: [[1, 'Letter 1.']] },
  },
  {
    name: 'letter.rtf',
    slow: true,
    make: () => savedByOffice('letter', 'Rich Text Format'),
    expect: {
      pages: 2,
      texts: [
        [1, 'Letter 1.'],
        [2, '第二页'],
      ],
    },
  },
  {
    name: 'letter.odt',
    slow: true,
    make: () => savedByOffice('letter', 'writer8'),
    expect: { pages: 2, texts: [[1, 'Letter 1.']] },
  },
  {
    name: 'letter.docm',
    make: () => savedByOffice('letter', 'MS Word 2007 XML VBA'),
    expect: { pages: 2, texts: [[1, 'Letter 1.']] },
  },
  {
    name: 'letter.html',
    slow: true,
    make: () => savedByOffice('letter', 'HTML (StarWriter)'),
    expect: { pages: [1, 2], texts: [[1, 'Letter 1.']] },
  },
  {
    name: 'book.xls',
    make: () => savedByOffice('book', 'MS Excel 97'),
    expect: {
      pages: 2,
      texts: [
        [1, 'first'],
        [2, '第二'],
      ],
      names: ['Preise/1_1', 'a b/2_1'],
    },
  },
  {
    name: 'book.et',
    slow: true,
    make: () => savedByOffice('book', 'MS Excel 97'),
    expect: { pages: 2, texts: [[1, 'first']] },
  },
  {
    name: 'book.xlt',
    slow: true,
    make: () => savedByOffice('book', 'MS Excel 97 Vorlage/Template'),
    expect: { pages: 2, texts: [[1, 'first']] },
  },
  {
    name: 'book.ods',
    slow: true,
    make: () => savedByOffice('book', 'calc8'),
    expect: {
      pages: 2,
      texts: [
        [1, 'first'],
        [2, '第二'],
      ],
    },
  },
  {
    name: 'slides.ppt',
    make: () => savedByOffice('slides', 'MS PowerPoint 97'),
    expect: {
      pages: 2,
      texts: [
        [1, 'Slide one'],
        [2, '第二张'],
      ],
    },
  },
  {
    name: 'slides.dps',
    slow: true,
    make: () => savedByOffice('slides', 'MS PowerPoint 97'),
    expect: { pages: 2, texts: [[1, 'Slide one']] },
  },
  {
    name: 'slides.pot',
    slow: true,
    make: () => savedByOffice('slides', 'MS PowerPoint 97 Vorlage'),
    expect: { pages: 2, texts: [[1, 'Slide one']] },
  },
  {
    name: 'slides.odp',
    slow: true,
    make: () => savedByOffice('slides', 'impress8'),
    expect: { pages: 2, texts: [[2, '第二张']] },
  },
  {
    name: 'letter.pdf',
    make: () => savedByOffice('letter', 'writer_pdf_Export'),
    expect: {
      pages: 2,
      texts: [
        [1, 'Letter 1.'],
        [2, '第二页'],
      ],
    },
  },
  {
    name: 'owner-locked.pdf',
    // Anybody may read it; it says that nobody may print it.
    make: () => savedByOffice('letter', 'writer_pdf_Export', { mayNot: password }),
    expect: { pages: 2, texts: [[1, 'Letter 1.']] },
  },
  {
    name: 'locked.pdf',
    make: () => savedByOffice('letter', 'writer_pdf_Export', { password }),
    expect: { refused: locked },
  },
  {
    name: 'locked.docx',
    make: () => savedByOffice('letter', 'MS Word 2007 XML', { password }),
    expect: { refused: locked },
  },
  { name: 'locked.doc', make: () => savedByOffice('letter', 'MS Word 97', { password }), expect: { refused: locked } },
  { name: 'locked.odt', make: () => savedByOffice('letter', 'writer8', { password }), expect: { refused: locked } },
  {
    name: 'locked.xlsx',
    make: () => savedByOffice('book', 'Calc MS Excel 2007 XML', { password }),
    expect: { refused: locked },
  },
  {
    name: 'locked.xls',
    slow: true,
    make: () => savedByOffice('book', 'MS Excel 97', { password }),
    expect: { refused: locked },
  },
  {
    name: 'locked.pptx',
    slow: true,
    make: () => savedByOffice('slides', 'Impress MS PowerPoint 2007 XML', { password }),
    expect: { refused: locked },
  },
  {
    name: 'half.doc',
    make: async () => {
      const bytes = await savedByOffice('letter', 'MS Word 97');
      return bytes.subarray(0, bytes.length / 3);
    },
    expect: { refused: /damaged|cut short/ },
  },
  {
    name: 'half.xls',
    make: async () => {
      const bytes = await savedByOffice('book', 'MS Excel 97');
      return bytes.subarray(0, bytes.length / 3);
    },
    expect: { refused: /damaged|cut short/ },
  },
];
