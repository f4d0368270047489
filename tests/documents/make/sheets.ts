import { escaped, officeOpen, type Part, type Relationship, xml } from './office-open.ts';

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const TYPES = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
const RELATIONS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"';

/** A text, a number, a formula without a result (`=A1+1`) or an empty cell. */
export type Cell = string | number | null;

export interface Worksheet {
  name: string;
  rows: readonly (readonly Cell[])[];
  hidden?: boolean;
  /** XML before and after the cells: views and columns; merged cells, settings of the page, drawings. */
  before?: string;
  after?: string;
  relationships?: readonly Relationship[];
}

/** Letters of a column, counted from 0. */
function column(index: number): string {
  return (index >= 26 ? column(Math.floor(index / 26) - 1) : '') + String.fromCharCode(65 + (index % 26));
}

function cellXml(value: Cell, reference: string): string {
  if (value === null) return '';
  if (typeof value === 'number') return `<c r="${reference}"><v>${value}</v></c>`;
  if (value.startsWith('=')) return `<c r="${reference}"><f>${escaped(value.slice(1))}</f></c>`;
  return `<c r="${reference}" t="inlineStr"><is><t xml:space="preserve">${escaped(value)}</t></is></c>`;
}

const rowsXml = (rows: Worksheet['rows']): string =>
  rows
    .map(
      (row, index) =>
        `<row r="${index + 1}">${row.map((cell, at) => cellXml(cell, `${column(at)}${index + 1}`)).join('')}</row>`,
    )
    .join('');

export interface WorkbookOptions {
  parts?: readonly Part[];
  relationships?: readonly Relationship[];
  /** XML behind the list of worksheets: names, links. */
  definitions?: string;
  mainType?: string;
}

/** An XLSX file. */
export function xlsx(sheets: readonly Worksheet[], options: WorkbookOptions = {}): Buffer {
  const { parts = [], relationships = [], definitions = '', mainType = `${TYPES}.sheet.main+xml` } = options;
  const list = sheets.map(
    ({ name, hidden }, index) =>
      `<sheet name="${escaped(name)}" sheetId="${index + 1}"${hidden ? ' state="hidden"' : ''} r:id="s${index}"/>`,
  );
  return officeOpen([
    {
      name: 'xl/workbook.xml',
      contentType: mainType,
      body: xml(`<workbook xmlns="${MAIN}" ${RELATIONS}><sheets>${list.join('')}</sheets>${definitions}</workbook>`),
      relationships: [
        ...sheets.map((_, index) => ({ id: `s${index}`, type: 'worksheet', target: `worksheets/sheet${index}.xml` })),
        { id: 'styles', type: 'styles', target: 'styles.xml' },
        ...relationships,
      ],
    },
    {
      name: 'xl/styles.xml',
      contentType: `${TYPES}.styles+xml`,
      body: xml(
        `<styleSheet xmlns="${MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="1"><xf/></cellXfs></styleSheet>`,
      ),
    },
    ...sheets.map(({ rows, before = '', after = '', relationships: own }, index) => ({
      name: `xl/worksheets/sheet${index}.xml`,
      contentType: `${TYPES}.worksheet+xml`,
      body: xml(
        `<worksheet xmlns="${MAIN}" ${RELATIONS}>${before}<sheetData>${rowsXml(rows)}</sheetData>${after}</worksheet>`,
      ),
      ...(own ? { relationships: own } : {}),
    })),
    ...parts,
  ]);
}

/** What lies over the cells of a worksheet, from column B, row 2 to column H, row 18. */
export function sheetDrawing(name: string, content: string, relationships: readonly Relationship[]): Part {
  const drawing = 'http://schemas.openxmlformats.org/drawingml/2006';
  return {
    name,
    contentType: 'application/vnd.openxmlformats-officedocument.drawing+xml',
    relationships,
    body: xml(
      `<xdr:wsDr xmlns:xdr="${drawing}/spreadsheetDrawing" xmlns:a="${drawing}/main" ${RELATIONS}><xdr:twoCellAnchor><xdr:from><xdr:col>1</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>1</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to><xdr:col>7</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>17</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:to>${content}<xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>`,
    ),
  };
}

export const drawnChart = (id: string): string =>
  `<xdr:graphicFrame macro=""><xdr:nvGraphicFramePr><xdr:cNvPr id="2" name="c"/><xdr:cNvGraphicFramePr/></xdr:nvGraphicFramePr><xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" r:id="${id}"/></a:graphicData></a:graphic></xdr:graphicFrame>`;

export const drawnPicture = (id: string, attribute = 'embed'): string =>
  `<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" name="p"/><xdr:cNvPicPr/></xdr:nvPicPr><xdr:blipFill><a:blip r:${attribute}="${id}"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill><xdr:spPr><a:prstGeom prst="rect"/></xdr:spPr></xdr:pic>`;
