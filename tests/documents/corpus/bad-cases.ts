import { createDeflateRaw } from 'node:zlib';
import { officeOpen, xml } from '../make/office-open.ts';
import { xlsx } from '../make/sheets.ts';
import { pptx, textBox } from '../make/slides.ts';
import { docx, numberedPages, paragraph, picture } from '../make/word.ts';
import { type Entry, zip } from '../make/zip.ts';
import type { Case } from './case.ts';
import { plainPicture, RED } from './pictures.ts';

/** Bytes that are the same each time and look like nothing. */
function noise(length: number): Buffer {
  let state = 7;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    }),
  );
}

const WORD_TYPE = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';

/** The entries of a Word document with this one as its text. */
const wordEntries = (document: Omit<Entry, 'name'>): Entry[] => [
  {
    name: '[Content_Types].xml',
    body: xml(
      `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="${WORD_TYPE}"/></Types>`,
    ),
  },
  {
    name: '_rels/.rels',
    body: xml(
      `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
    ),
  },
  { name: 'word/document.xml', ...document },
];

/** The text of a Word document that goes on with spaces for so many MiB, compressed. */
async function swollen(mebibytes: number): Promise<{ data: Buffer; size: number }> {
  const deflate = createDeflateRaw({ level: 9 });
  const chunks: Buffer[] = [];
  deflate.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise((resolve, reject) => deflate.once('end', resolve).once('error', reject));
  const space = Buffer.alloc(1024 * 1024, ' ');
  const head =
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>';
  deflate.write(head);
  for (let count = 0; count < mebibytes; count++) {
    if (!deflate.write(space)) await new Promise((resolve) => deflate.once('drain', resolve));
  }
  deflate.end('</w:t></w:r></w:p></w:body></w:document>');
  await ended;
  return { data: Buffer.concat(chunks), size: mebibytes * 1024 * 1024 + head.length + 40 };
}

const whole = () => docx(numberedPages(2));

const damagedPart = (part: string, body: string | Uint8Array) =>
  officeOpen([{ name: 'word/document.xml', contentType: WORD_TYPE, body: part === 'main' ? body : '' }]);

export const badCases: readonly Case[] = [
  { name: 'empty.docx', make: () => Buffer.alloc(0), expect: { refused: /empty/ } },
  { name: 'noise.docx', make: () => noise(50_000), expect: { refused: /not that of a docx/ } },
  { name: 'noise.xls', slow: true, make: () => noise(50_000), expect: { refused: /not that of a xls/ } },
  { name: 'text.docx', make: () => Buffer.from('only text'), expect: { refused: /not that of a docx/ } },
  { name: 'picture.docx', make: () => plainPicture(RED), expect: { refused: /not that of a docx/ } },
  {
    name: 'half.docx',
    make: () => whole().subarray(0, Math.floor(whole().length / 2)),
    expect: { refused: /cut short|damaged/ },
  },
  {
    name: 'half.pptx',
    slow: true,
    make: () => pptx([{ shapes: textBox('x') }]).subarray(0, 2_000),
    expect: { refused: /cut short|damaged/ },
  },
  {
    name: 'half.xlsx',
    slow: true,
    make: () => xlsx([{ name: 'x', rows: [['y']] }]).subarray(0, 1_500),
    expect: { refused: /cut short|damaged/ },
  },
  {
    name: 'rubbish-inside.docx',
    make: () => {
      const bytes = Buffer.from(whole());
      noise(200).copy(bytes, bytes.indexOf('word/document.xml') + 40);
      return bytes;
    },
    expect: { refused: /damaged/ },
  },
  {
    name: 'not-xml.docx',
    make: () => damagedPart('main', 'this is no XML'),
    expect: { refused: /damaged/ },
  },
  {
    name: 'open-ended.docx',
    make: () =>
      damagedPart(
        'main',
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p>',
      ),
    expect: { refused: /damaged/ },
  },
  {
    name: 'broken-picture.docx',
    // What is left of it can be read.
    make: () =>
      docx(paragraph('Beside a broken picture') + picture('p', 5, 5), {
        relationships: [{ id: 'p', type: 'image', target: 'media/p.png' }],
        parts: [{ name: 'word/media/p.png', body: noise(500) }],
      }),
    expect: { pages: 1, texts: [[1, 'Beside a broken picture']] },
  },
  {
    name: 'missing-part.docx',
    make: () =>
      docx(paragraph('Without its notes'), {
        relationships: [{ id: 'f', type: 'footnotes', target: 'footnotes.xml' }],
      }),
    expect: { pages: 1, texts: [[1, 'Without its notes']] },
  },
  {
    name: 'archive.docx',
    make: () => zip([{ name: 'letter.txt', body: 'an archive' }]),
    expect: { refused: /zip archive/ },
  },
  {
    name: 'entities.docx',
    make: () =>
      zip(
        wordEntries({
          body: `<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a0 "lollollol">${Array.from({ length: 9 }, (_, index) => `<!ENTITY a${index + 1} "${`&a${index};`.repeat(10)}">`).join('')}]><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&a9;</w:t></w:r></w:p></w:body></w:document>`,
        }),
      ),
    expect: { refused: /damaged/ },
  },
  {
    name: 'claimed-bomb.docx',
    make: () => zip(wordEntries({ body: 'small', claimedSize: 3 * 1024 ** 3 })),
    expect: { refused: /unpacks to/ },
  },
  {
    name: 'bomb.docx',
    slow: true,
    make: async () => {
      const { data, size } = await swollen(3 * 1024);
      return zip(wordEntries({ body: data, packed: { size, crc: 0 } }));
    },
    expect: { refused: /unpacks to/ },
  },
  {
    name: 'lying-bomb.docx',
    slow: true,
    // It says that it unpacks to a thousandth of what it does.
    make: async () => {
      const { data, size } = await swollen(1024);
      return zip(wordEntries({ body: data, packed: { size: Math.floor(size / 1000), crc: 0 } }));
    },
    expect: { refused: /damaged|unpacks to|memory|time/ },
  },
  {
    name: 'many-entries.docx',
    slow: true,
    make: () => {
      const more = Array.from({ length: 50_001 }, (_, index) => ({ name: `x/${index}`, body: '', stored: true }));
      const bytes = zip([...wordEntries({ body: '' }), ...more]);
      return bytes;
    },
    expect: { refused: /too many entries/ },
  },
  {
    name: 'picture-bomb.docx',
    make: async () => {
      const { default: sharp } = await import('sharp');
      const flat = await sharp({
        create: { width: 30_000, height: 30_000, channels: 3, background: '#336699' },
        limitInputPixels: false,
      })
        .png({ compressionLevel: 9 })
        .toBuffer();
      return docx(paragraph('A large picture') + picture('p', 5, 5), {
        relationships: [{ id: 'p', type: 'image', target: 'media/p.png' }],
        parts: [{ name: 'word/media/p.png', body: flat }],
      });
    },
    expect: { pages: 1, texts: [[1, 'A large picture']] },
    slow: true,
  },
  {
    name: 'half.rtf',
    make: () => Buffer.from('{\\rtf1\\ansi Half of it {\\b bold'),
    expect: { refused: /damaged/ },
  },
  { name: 'words.csv', make: () => noise(2_000), expect: { refused: /not that of a csv/ } },
  { name: 'unheard-of.xyz', source: 'docx', make: () => noise(2_000), expect: { refused: /not that of a docx/ } },
];
