import { escaped, officeOpen, type Part, type Relationship, xml } from './office-open.ts';

const MAIN = 'http://schemas.openxmlformats.org/presentationml/2006/main';
const DRAWING = 'http://schemas.openxmlformats.org/drawingml/2006/main';
const SPACES = `xmlns:p="${MAIN}" xmlns:a="${DRAWING}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`;
const TYPES = 'application/vnd.openxmlformats-officedocument.presentationml';

export interface Slide {
  /** Shapes. */
  shapes: string;
  relationships?: readonly Relationship[];
  hidden?: boolean;
}

const tree = (shapes: string): string =>
  `<p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>${shapes}</p:spTree></p:cSld>`;

/** Places and sizes are in percent of a slide of 25.4 by 19.05 cm. */
const frame = (x: number, y: number, width: number, height: number, prefix = 'a'): string =>
  `<${prefix}:xfrm><a:off x="${x * 91440}" y="${y * 68580}"/><a:ext cx="${width * 91440}" cy="${height * 68580}"/></${prefix}:xfrm>`;

export interface TextBox {
  font?: string;
  rightToLeft?: boolean;
  y?: number;
}

export function textBox(text: string, { font, rightToLeft, y = 10 }: TextBox = {}): string {
  const face = font ? `<a:latin typeface="${font}"/><a:ea typeface="${font}"/><a:cs typeface="${font}"/>` : '';
  return `<p:sp><p:nvSpPr><p:cNvPr id="3" name="t"/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr>${frame(10, y, 80, 15)}<a:prstGeom prst="rect"/></p:spPr><p:txBody><a:bodyPr/><a:p>${rightToLeft ? '<a:pPr algn="r" rtl="1"/>' : ''}<a:r><a:rPr lang="en-US" sz="2800">${face}</a:rPr><a:t>${escaped(text)}</a:t></a:r></a:p></p:txBody></p:sp>`;
}

export const filledShape = (shape: string, colour: string): string =>
  `<p:sp><p:nvSpPr><p:cNvPr id="4" name="s"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr>${frame(20, 40, 40, 40)}<a:prstGeom prst="${shape}"/><a:solidFill><a:srgbClr val="${colour}"/></a:solidFill></p:spPr></p:sp>`;

export const slidePicture = (id: string, attribute = 'embed'): string =>
  `<p:pic><p:nvPicPr><p:cNvPr id="5" name="p"/><p:cNvPicPr/><p:nvPr/></p:nvPicPr><p:blipFill><a:blip r:${attribute}="${id}"/><a:stretch><a:fillRect/></a:stretch></p:blipFill><p:spPr>${frame(20, 40, 40, 40)}<a:prstGeom prst="rect"/></p:spPr></p:pic>`;

const graphicFrame = (uri: string, content: string): string =>
  `<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="6" name="g"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr>${frame(10, 30, 80, 60, 'p')}<a:graphic><a:graphicData uri="${uri}">${content}</a:graphicData></a:graphic></p:graphicFrame>`;

export const slideChart = (id: string): string => {
  const space = 'http://schemas.openxmlformats.org/drawingml/2006/chart';
  return graphicFrame(space, `<c:chart xmlns:c="${space}" r:id="${id}"/>`);
};

export const slideTable = (rows: readonly (readonly string[])[]): string =>
  graphicFrame(
    'http://schemas.openxmlformats.org/drawingml/2006/table',
    `<a:tbl><a:tblPr/><a:tblGrid>${(rows[0] ?? []).map(() => '<a:gridCol w="2400000"/>').join('')}</a:tblGrid>${rows
      .map(
        (row) =>
          `<a:tr h="600000">${row.map((cell) => `<a:tc><a:txBody><a:bodyPr/><a:p><a:r><a:rPr lang="en-US"/><a:t>${escaped(cell)}</a:t></a:r></a:p></a:txBody><a:tcPr/></a:tc>`).join('')}</a:tr>`,
      )
      .join('')}</a:tbl>`,
  );

/** A PPTX file of 4:3 slides. */
export function pptx(
  slides: readonly Slide[],
  { parts = [], mainType = `${TYPES}.presentation.main+xml` }: { parts?: readonly Part[]; mainType?: string } = {},
): Buffer {
  const colours =
    'bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3" accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"';
  return officeOpen([
    {
      name: 'ppt/presentation.xml',
      contentType: mainType,
      body: xml(
        `<p:presentation ${SPACES}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="m"/></p:sldMasterIdLst><p:sldIdLst>${slides.map((_, index) => `<p:sldId id="${256 + index}" r:id="s${index}"/>`).join('')}</p:sldIdLst><p:sldSz cx="9144000" cy="6858000" type="screen4x3"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>`,
      ),
      relationships: [
        { id: 'm', type: 'slideMaster', target: 'slideMasters/master.xml' },
        ...slides.map((_, index) => ({ id: `s${index}`, type: 'slide', target: `slides/slide${index}.xml` })),
      ],
    },
    {
      name: 'ppt/slideMasters/master.xml',
      contentType: `${TYPES}.slideMaster+xml`,
      body: xml(
        `<p:sldMaster ${SPACES}>${tree('')}<p:clrMap ${colours}/><p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="l"/></p:sldLayoutIdLst></p:sldMaster>`,
      ),
      relationships: [
        { id: 'l', type: 'slideLayout', target: '../slideLayouts/layout.xml' },
        { id: 't', type: 'theme', target: '../theme/theme.xml' },
      ],
    },
    {
      name: 'ppt/slideLayouts/layout.xml',
      contentType: `${TYPES}.slideLayout+xml`,
      body: xml(`<p:sldLayout ${SPACES} type="blank">${tree('')}</p:sldLayout>`),
      relationships: [{ id: 'm', type: 'slideMaster', target: '../slideMasters/master.xml' }],
    },
    {
      name: 'ppt/theme/theme.xml',
      contentType: 'application/vnd.openxmlformats-officedocument.theme+xml',
      body: THEME,
    },
    ...slides.map(({ shapes, relationships = [], hidden }, index) => ({
      name: `ppt/slides/slide${index}.xml`,
      contentType: `${TYPES}.slide+xml`,
      body: xml(`<p:sld ${SPACES}${hidden ? ' show="0"' : ''}>${tree(shapes)}</p:sld>`),
      relationships: [{ id: 'l', type: 'slideLayout', target: '../slideLayouts/layout.xml' }, ...relationships],
    })),
    ...parts,
  ]);
}

const colour = (name: string, value: string): string => `<a:${name}><a:srgbClr val="${value}"/></a:${name}>`;

const THEME = xml(
  `<a:theme xmlns:a="${DRAWING}" name="t"><a:themeElements><a:clrScheme name="c">${[
    ['dk1', '000000'],
    ['lt1', 'FFFFFF'],
    ['dk2', '333333'],
    ['lt2', 'EEEEEE'],
    ...[1, 2, 3, 4, 5, 6].map((number) => [`accent${number}`, '4472C4']),
    ['hlink', '0563C1'],
    ['folHlink', '954F72'],
  ]
    .map(([name = '', value = '']) => colour(name, value))
    .join(
      '',
    )}</a:clrScheme><a:fontScheme name="f"><a:majorFont><a:latin typeface="Calibri"/><a:ea typeface=""/><a:cs typeface=""/></a:majorFont><a:minorFont><a:latin typeface="Calibri"/><a:ea typeface=""/><a:cs typeface=""/></a:minorFont></a:fontScheme><a:fmtScheme name="m"><a:fillStyleLst/><a:lnStyleLst/><a:effectStyleLst/><a:bgFillStyleLst/></a:fmtScheme></a:themeElements></a:theme>`,
);
