import { zip } from './zip.ts';

/** A link from a part of a package to another, or to something outside of it. */
export interface Relationship {
  id: string;
  /** The last word of its type: `image`, `chart`, `hyperlink`. */
  type: string;
  target: string;
  external?: boolean;
}

export interface Part {
  name: string;
  body: string | Uint8Array;
  /** Of parts whose extension does not say it. */
  contentType?: string;
  relationships?: readonly Relationship[];
}

const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';

export const xml = (text: string): string => `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${text}`;

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const relationshipsOf = (list: readonly Relationship[], types: string): string =>
  xml(
    `<Relationships xmlns="${PACKAGE}/relationships">${list
      .map(
        ({ id, type, target, external }) =>
          `<Relationship Id="${id}" Type="${type.includes(':') ? type : `${types}/${type}`}" Target="${escaped(target)}"${external ? ' TargetMode="External"' : ''}/>`,
      )
      .join('')}</Relationships>`,
  );

/** An Office Open XML package whose main part is the first one. */
export function officeOpen(parts: readonly [Part, ...Part[]], types = OFFICE): Buffer {
  const media = ['rels', 'xml', 'png', 'jpeg', 'bin', 'svg', 'html'].map((extension) => {
    const type: Record<string, string> = {
      rels: 'application/vnd.openxmlformats-package.relationships+xml',
      xml: 'application/xml',
      png: 'image/png',
      jpeg: 'image/jpeg',
      bin: 'application/vnd.ms-office.vbaProject',
      svg: 'image/svg+xml',
      html: 'text/html',
    };
    return `<Default Extension="${extension}" ContentType="${type[extension]}"/>`;
  });
  const overrides = parts.flatMap(({ name, contentType }) =>
    contentType ? [`<Override PartName="/${name}" ContentType="${contentType}"/>`] : [],
  );
  return zip([
    {
      name: '[Content_Types].xml',
      body: xml(`<Types xmlns="${PACKAGE}/content-types">${media.join('')}${overrides.join('')}</Types>`),
    },
    {
      name: '_rels/.rels',
      body: relationshipsOf([{ id: 'main', type: 'officeDocument', target: parts[0].name }], types),
    },
    ...parts.flatMap(({ name, body, relationships }) => {
      const slash = name.lastIndexOf('/') + 1;
      const about = `${name.slice(0, slash)}_rels/${name.slice(slash)}.rels`;
      return [{ name, body }, ...(relationships ? [{ name: about, body: relationshipsOf(relationships, types) }] : [])];
    }),
  ]);
}

const CHART = 'http://schemas.openxmlformats.org/drawingml/2006/chart';
const DRAWING = 'http://schemas.openxmlformats.org/drawingml/2006/main';

/** A chart of three columns in one colour, with a title. */
export function columnChart(name: string, title: string, colour: string): Part {
  const points = (values: readonly (string | number)[]) =>
    `<c:ptCount val="${values.length}"/>${values.map((value, index) => `<c:pt idx="${index}"><c:v>${value}</c:v></c:pt>`).join('')}`;
  return {
    name,
    contentType: 'application/vnd.openxmlformats-officedocument.drawingml.chart+xml',
    body: xml(
      `<c:chartSpace xmlns:c="${CHART}" xmlns:a="${DRAWING}"><c:chart>` +
        `<c:title><c:tx><c:rich><a:bodyPr/><a:p><a:r><a:t>${title}</a:t></a:r></a:p></c:rich></c:tx><c:overlay val="0"/></c:title>` +
        `<c:autoTitleDeleted val="0"/><c:plotArea><c:layout/><c:barChart><c:barDir val="col"/><c:grouping val="clustered"/>` +
        `<c:ser><c:idx val="0"/><c:order val="0"/><c:spPr><a:solidFill><a:srgbClr val="${colour}"/></a:solidFill></c:spPr>` +
        `<c:cat><c:strLit>${points(['north', 'south', 'west'])}</c:strLit></c:cat>` +
        `<c:val><c:numLit>${points([3, 7, 5])}</c:numLit></c:val></c:ser><c:axId val="1"/><c:axId val="2"/></c:barChart>` +
        `<c:catAx><c:axId val="1"/><c:scaling/><c:delete val="0"/><c:axPos val="b"/><c:crossAx val="2"/></c:catAx>` +
        `<c:valAx><c:axId val="2"/><c:scaling/><c:delete val="0"/><c:axPos val="l"/><c:crossAx val="1"/></c:valAx>` +
        `</c:plotArea></c:chart></c:chartSpace>`,
    ),
  };
}
