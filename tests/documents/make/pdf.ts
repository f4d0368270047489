/** A PDF of these objects, counted from 1; the first is its catalogue. `trailer` adds to what the end of the file says. */
export function pdf(objects: readonly string[], { trailer = '', version = '1.6' } = {}): Buffer {
  const parts = [`%PDF-${version}\n`];
  let at = parts[0]?.length ?? 0;
  const offsets: string[] = [];
  for (const [index, object] of objects.entries()) {
    offsets.push(`${String(at).padStart(10, '0')} 00000 n \n`);
    const text = `${index + 1} 0 obj\n${object}\nendobj\n`;
    parts.push(text);
    at += text.length;
  }
  const count = objects.length + 1;
  parts.push(
    `xref\n0 ${count}\n0000000000 65535 f \n${offsets.join('')}trailer\n<< /Size ${count} /Root 1 0 R ${trailer} >>\nstartxref\n${at}\n%%EOF\n`,
  );
  return Buffer.from(parts.join(''), 'latin1');
}

const FONT = '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>';

const stream = (text: string): string => `<< /Length ${text.length} >>\nstream\n${text}\nendstream`;

/** A line of text at the top of a page. */
export const pdfText = (text: string): string => `BT /F1 24 Tf 72 720 Td (${text}) Tj ET`;

export interface PdfPages {
  /** What each page draws. */
  contents: readonly string[];
  /** More of each page's dictionary. */
  page?: (index: number) => string;
  /** More of the catalogue, which may name `objects` by their number from `pdfObjects(contents)` on. */
  catalogue?: string;
  objects?: readonly string[];
  font?: string;
  trailer?: string;
}

/** The number of the first of `objects`. */
export const firstOwnObject = (pages: number): number => 4 + 2 * pages;

/** A PDF with a page of 595 by 842 points for each of `contents`, in Helvetica that it does not carry. */
export function pdfPages({
  contents,
  page = () => '',
  catalogue = '',
  objects = [],
  font = FONT,
  trailer = '',
}: PdfPages): Buffer {
  const pages = contents.flatMap((content, index) => [
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${5 + 2 * index} 0 R /Resources << /Font << /F1 3 0 R >> >> ${page(index)} >>`,
    stream(content),
  ]);
  const kids = contents.map((_, index) => `${4 + 2 * index} 0 R`).join(' ');
  return pdf(
    [
      `<< /Type /Catalog /Pages 2 0 R ${catalogue} >>`,
      `<< /Type /Pages /Kids [${kids}] /Count ${contents.length} >>`,
      font,
      ...pages,
      ...objects,
    ],
    { trailer },
  );
}
