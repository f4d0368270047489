import type { Case } from './case.ts';
import { GREEN, plainPicture } from './pictures.ts';

const rtf = (body: string) =>
  Buffer.from(`{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0 Liberation Serif;}}${body}}`, 'latin1');

/** RTF writes what is not Latin as numbers of 16 bits with a sign. */
const unicode = (text: string) =>
  [...text].map((character) => `\\u${((character.charCodeAt(0) + 0x8000) % 0x10000) - 0x8000}?`).join('');

const html = (body: string, head = '<meta charset="utf-8">') =>
  Buffer.from(`<!DOCTYPE html><html><head>${head}<title>t</title></head><body>${body}</body></html>`);

export const textCases: readonly Case[] = [
  {
    name: 'plain.rtf',
    make: () => rtf(`\\pard First \\b bold\\b0 \\par ${unicode('富文本')}\\par`),
    expect: {
      pages: 1,
      texts: [
        [1, 'First bold'],
        [1, '富文本'],
      ],
    },
  },
  {
    name: 'pages.rtf',
    make: () => rtf('\\pard one\\page two\\page three'),
    expect: { pages: 3, texts: [[3, 'three']] },
  },
  {
    name: 'table.rtf',
    slow: true,
    make: () => rtf('\\trowd\\cellx3000\\cellx6000\\intbl left\\cell right\\cell\\row\\pard after'),
    expect: {
      pages: 1,
      texts: [
        [1, 'right'],
        [1, 'after'],
      ],
    },
  },
  {
    name: 'picture.rtf',
    slow: true,
    make: async () =>
      rtf(
        `{\\pict\\pngblip\\picw80\\pich80\\picwgoal5000\\pichgoal5000 ${(await plainPicture(GREEN)).toString('hex')}}`,
      ),
    expect: { pages: 1, ink: [{ page: 1, colour: GREEN, least: 8 }] },
  },
  {
    name: 'plain.txt',
    make: () => Buffer.from('Just text.\n文本文件。\n'),
    expect: {
      pages: 1,
      texts: [
        [1, 'Just text.'],
        [1, '文本文件。'],
      ],
    },
  },
  {
    name: 'national.txt',
    // 国标编码 in GB 18030.
    make: () => Buffer.from('b9fab1eab1e0c2eb0a', 'hex'),
    expect: { pages: 1, texts: [[1, '国标编码']] },
  },
  {
    name: 'marked.txt',
    slow: true,
    make: () => Buffer.from('\ufeffWith a mark before it\r\nand Windows lines\r\n'),
    expect: {
      pages: 1,
      texts: [
        [1, 'With a mark before it'],
        [1, 'and Windows lines'],
      ],
    },
  },
  {
    name: 'two-bytes.txt',
    make: () => Buffer.from('\ufeffTwo bytes a character\r\n双字节\r\n', 'utf16le'),
    expect: {
      pages: 1,
      texts: [
        [1, 'Two bytes a character'],
        [1, '双字节'],
      ],
    },
  },
  {
    name: 'long.txt',
    make: () => Buffer.from(Array.from({ length: 3000 }, (_, line) => `line ${line}.`).join('\n')),
    expect: { pages: [40, 75], texts: [[1, 'line 0.']] },
    slow: true,
  },
  {
    name: 'blank.txt',
    make: () => Buffer.from('\n'),
    expect: { pages: 1, blank: [1] },
  },
  {
    name: 'plain.html',
    make: () => html('<h1>Heading</h1><p>网页内容</p><script>document.write("scripted")</script>'),
    expect: {
      pages: 1,
      texts: [
        [1, 'Heading'],
        [1, '网页内容'],
      ],
      absent: ['scripted'],
    },
  },
  {
    name: 'table.html',
    slow: true,
    make: () => html('<table border="1"><tr><th>North</th><th>South</th></tr><tr><td>1</td><td>2</td></tr></table>'),
    expect: { pages: 1, texts: [[1, 'South']] },
  },
  {
    name: 'picture.html',
    make: async () =>
      html(
        `<p>with</p><img width="300" height="300" src="data:image/png;base64,${(await plainPicture(GREEN)).toString('base64')}">`,
      ),
    expect: { pages: 1, ink: [{ page: 1, colour: GREEN, least: 5 }] },
  },
  {
    name: 'national.html',
    slow: true,
    make: () =>
      Buffer.concat([
        Buffer.from('<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"></head><body><p>'),
        Buffer.from('b9fab1eab1e0c2eb', 'hex'),
        Buffer.from('</p></body></html>'),
      ]),
    expect: { pages: 1, texts: [[1, '国标编码']] },
  },
  {
    name: 'unmarked.html',
    make: () => Buffer.from('<html><body><p>没有标明编码</p></body></html>'),
    expect: { pages: 1, texts: [[1, '没有标明编码']] },
  },
  {
    name: 'two-bytes.html',
    make: () => Buffer.from('\ufeff<html><body><p>双字节</p></body></html>', 'utf16le'),
    expect: { pages: 1, texts: [[1, '双字节']] },
  },
  {
    name: 'fragment.html',
    make: () => Buffer.from('<p>A piece without a head</p>'),
    expect: { pages: 1, texts: [[1, 'A piece without a head']], absent: ['<p>'] },
  },
];
