import { xml } from './office-open.ts';
import { zip } from './zip.ts';

const SPACES = [
  'office',
  'text',
  'table',
  'drawing:draw',
  'style',
  'presentation',
  'script',
  'form',
  'xsl-fo-compatible:fo',
  'svg-compatible:svg',
]
  .map((name) => {
    const [space = '', prefix = space] = name.split(':');
    return `xmlns:${prefix}="urn:oasis:names:tc:opendocument:xmlns:${space}:1.0"`;
  })
  .concat([
    'xmlns:xlink="http://www.w3.org/1999/xlink"',
    'xmlns:dc="http://purl.org/dc/elements/1.1/"',
    'xmlns:ooo="http://openoffice.org/2004/office"',
    'xmlns:dom="http://www.w3.org/2001/xml-events"',
    'xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"',
  ])
  .join(' ');

export type OpenDocumentType = 'text' | 'spreadsheet' | 'presentation';

export interface OpenDocumentOptions {
  /** Automatic styles. */
  styles?: string;
  /** Of pages and masters. */
  pages?: string;
  scripts?: string;
  files?: readonly { name: string; body: string | Uint8Array; type?: string }[];
}

/** An OpenDocument file whose content is `body`. */
export function openDocument(type: OpenDocumentType, body: string, options: OpenDocumentOptions = {}): Buffer {
  const { styles = '', pages, scripts = '', files = [] } = options;
  const content = xml(
    `<office:document-content ${SPACES} office:version="1.3">${scripts}<office:automatic-styles>${styles}</office:automatic-styles><office:body><office:${type}>${body}</office:${type}></office:body></office:document-content>`,
  );
  const own = pages
    ? xml(`<office:document-styles ${SPACES} office:version="1.3">${pages}</office:document-styles>`)
    : '';
  const listed = [
    { name: '/', type: `application/vnd.oasis.opendocument.${type}` },
    { name: 'content.xml', type: 'text/xml' },
    ...(own ? [{ name: 'styles.xml', type: 'text/xml' }] : []),
    ...files.map(({ name, type: kind = '' }) => ({ name, type: kind })),
  ];
  const manifest = listed.map(({ name, type: kind }) => `<m:file-entry m:full-path="${name}" m:media-type="${kind}"/>`);
  return zip([
    { name: 'mimetype', body: `application/vnd.oasis.opendocument.${type}`, stored: true },
    { name: 'content.xml', body: content },
    ...(own ? [{ name: 'styles.xml', body: own }] : []),
    ...files.map(({ name, body: bytes }) => ({ name, body: bytes })),
    {
      name: 'META-INF/manifest.xml',
      body: xml(
        `<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" m:version="1.3">${manifest.join('')}</m:manifest>`,
      ),
    },
  ]);
}
