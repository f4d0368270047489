import { escaped, officeOpen, type Part, type Relationship, xml } from './office-open.ts';

const SPACES = [
  'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"',
  'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"',
  'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"',
  'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"',
  'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"',
  'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"',
  'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"',
  'xmlns:v="urn:schemas-microsoft-com:vml"',
  'xmlns:o="urn:schemas-microsoft-com:office:office"',
].join(' ');

const MAIN = 'application/vnd.openxmlformats-officedocument.wordprocessingml';

/** English Metric Units in a centimetre. */
const CENTIMETRE = 360_000;

export interface WordOptions {
  relationships?: readonly Relationship[];
  parts?: readonly Part[];
  /** Properties of the last section: size, columns, headers. A4 without them. */
  section?: string;
  mainType?: string;
}

const A4 = '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1440" w:right="1440" w:bottom="1440" w:left="1440"/>';

/** A DOCX file of the paragraphs, tables and so on in `body`. */
export function docx(body: string, options: WordOptions = {}): Buffer {
  const { relationships = [], parts = [], section = A4, mainType = `${MAIN}.document.main+xml` } = options;
  return officeOpen([
    {
      name: 'word/document.xml',
      contentType: mainType,
      body: xml(`<w:document ${SPACES}><w:body>${body}<w:sectPr>${section}</w:sectPr></w:body></w:document>`),
      relationships,
    },
    ...parts,
  ]);
}

export interface TextOptions {
  font?: string;
  /** Half points. */
  size?: number;
  bold?: boolean;
  rightToLeft?: boolean;
  pageBreakBefore?: boolean;
}

/** A paragraph of one run. */
export function paragraph(text: string, options: TextOptions = {}): string {
  const { font, size, bold, rightToLeft, pageBreakBefore } = options;
  const run = [
    font ? `<w:rFonts w:ascii="${font}" w:hAnsi="${font}" w:eastAsia="${font}" w:cs="${font}"/>` : '',
    bold ? '<w:b/>' : '',
    size ? `<w:sz w:val="${size}"/><w:szCs w:val="${size}"/>` : '',
    rightToLeft ? '<w:rtl/>' : '',
  ].join('');
  const own = `${pageBreakBefore ? '<w:pageBreakBefore/>' : ''}${rightToLeft ? '<w:bidi/>' : ''}`;
  return `<w:p><w:pPr>${own}</w:pPr><w:r><w:rPr>${run}</w:rPr><w:t xml:space="preserve">${escaped(text)}</w:t></w:r></w:p>`;
}

/** As many pages, each of which says which one it is. */
export function numberedPages(count: number, text = 'Page number', filler = 0): string {
  const line = 'A line of a report that says nothing but takes its room on the page, as lines of reports do.';
  return Array.from(
    { length: count },
    (_, index) =>
      paragraph(`${text} ${index + 1}.`, { pageBreakBefore: index > 0 }) +
      Array.from({ length: filler }, () => paragraph(line)).join(''),
  ).join('');
}

export function table(rows: readonly (readonly string[])[], properties = ''): string {
  const border = ['top', 'left', 'bottom', 'right', 'insideH', 'insideV']
    .map((side) => `<w:${side} w:val="single" w:sz="8" w:color="000000"/>`)
    .join('');
  const cells = (row: readonly string[]) =>
    row.map((cell) => `<w:tc><w:tcPr><w:tcW w:w="2400" w:type="dxa"/></w:tcPr>${paragraph(cell)}</w:tc>`).join('');
  const lines = rows.map(
    (row, index) => `<w:tr>${index === 0 ? '<w:trPr><w:tblHeader/></w:trPr>' : ''}${cells(row)}</w:tr>`,
  );
  return `<w:tbl><w:tblPr>${properties}<w:tblW w:w="0" w:type="auto"/><w:tblBorders>${border}</w:tblBorders></w:tblPr><w:tblGrid>${(rows[0] ?? []).map(() => '<w:gridCol w:w="2400"/>').join('')}</w:tblGrid>${lines.join('')}</w:tbl>`;
}

const inline = (width: number, height: number, uri: string, content: string): string =>
  `<w:p><w:r><w:drawing><wp:inline><wp:extent cx="${width * CENTIMETRE}" cy="${height * CENTIMETRE}"/><wp:docPr id="1" name="d"/><a:graphic><a:graphicData uri="${uri}">${content}</a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`;

/** A picture, in centimetres; `link` names one that is not in the package. */
export function picture(id: string, width: number, height: number, { link = false } = {}): string {
  const blip = link ? `r:link="${id}"` : `r:embed="${id}"`;
  return inline(
    width,
    height,
    'http://schemas.openxmlformats.org/drawingml/2006/picture',
    `<pic:pic><pic:nvPicPr><pic:cNvPr id="1" name="p"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip ${blip}/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="${width * CENTIMETRE}" cy="${height * CENTIMETRE}"/></a:xfrm><a:prstGeom prst="rect"/></pic:spPr></pic:pic>`,
  );
}

export function chart(id: string, width: number, height: number): string {
  return inline(width, height, 'http://schemas.openxmlformats.org/drawingml/2006/chart', `<c:chart r:id="${id}"/>`);
}

/** A part that stands beside the document: `footnotes`, `comments`, `header`. */
export function wordPart(name: string, root: string, kind: string, body: string): Part {
  return {
    name: `word/${name}`,
    contentType: `${MAIN}.${kind}+xml`,
    body: xml(`<w:${root} ${SPACES}>${body}</w:${root}>`),
  };
}

/** A field such as `PAGE` or `INCLUDEPICTURE`, with what it showed last. */
export const field = (instruction: string, shown = ''): string =>
  `<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> ${escaped(instruction)} </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>${escaped(shown)}</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>`;
