import { closeSync, openSync, writeSync } from 'node:fs';
import sharp from 'sharp';
import { decoding, type OpenPicture, openPicture } from './open-picture.ts';

/** A picture of 96 dots to the inch, as documents are drawn here: a dot is three quarters of a point. */
const POINTS = 72 / 96;

/** "The width and height of a page are at most 14,400 units." */
const MOST_POINTS = 14_400;

const QUALITY = 95;

interface Page {
  jpeg: Buffer;
  width: number;
  height: number;
  gray: boolean;
}

/**
 * A PDF with a page for each picture, written page by page. A JPEG that is to stay as it is goes in as it is, without
 * being decoded; all else becomes one.
 */
export async function writePdf(
  rotations: readonly number[],
  picture: (index: number) => Buffer,
  output: string,
): Promise<void> {
  const pdf = new PdfFile(output);
  try {
    for (const [index, rotation] of rotations.entries()) {
      pdf.page(await pageOf(await openPicture(picture(index)), rotation));
    }
    pdf.end();
  } finally {
    pdf.close();
  }
}

async function pageOf(picture: OpenPicture, rotation: number): Promise<Page> {
  const { format, bytes, upright, channels } = picture;
  if (format === 'jpg' && upright && rotation === 0 && (channels === 3 || channels === 1)) {
    return { jpeg: bytes, width: picture.width, height: picture.height, gray: channels === 1 };
  }
  return decoding(picture, async () => {
    const drawn = picture.pixels().flatten({ background: '#FFFFFF' });
    // Turned once it is upright: two turns of one pipeline would be one.
    const turned = rotation === 0 ? drawn : sharp(await drawn.png().toBuffer()).rotate(rotation);
    const { data, info } = await turned.jpeg({ quality: QUALITY }).toBuffer({ resolveWithObject: true });
    return { jpeg: data, width: info.width, height: info.height, gray: info.channels === 1 };
  });
}

/** As little of PDF 1.4 as pages with one picture need: objects 1 and 2 are the catalogue and the list of pages. */
class PdfFile {
  #file: number;
  #at = 0;
  #offsets: number[] = [];
  #pages: number[] = [];

  constructor(path: string) {
    this.#file = openSync(path, 'w');
    // Bytes past ASCII tell programs that this is no text.
    this.#write(Buffer.from('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n', 'latin1'));
  }

  page({ jpeg, width, height, gray }: Page): void {
    const shrink = Math.min(1, MOST_POINTS / (Math.max(width, height) * POINTS));
    const [w, h] = [width, height].map((side) => Number((side * POINTS * shrink).toFixed(2)));
    const first = 3 + this.#pages.length * 3;
    this.#pages.push(first);
    this.#object(
      first,
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${w} ${h}] /Contents ${first + 1} 0 R
/Resources << /XObject << /P ${first + 2} 0 R >> >> >>`,
    );
    const drawing = `q ${w} 0 0 ${h} 0 0 cm /P Do Q`;
    this.#object(first + 1, `<< /Length ${drawing.length} >>`, Buffer.from(drawing));
    const space = gray ? '/DeviceGray' : '/DeviceRGB';
    const picture = `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /BitsPerComponent 8
/ColorSpace ${space} /Filter /DCTDecode /Length ${jpeg.length} >>`;
    this.#object(first + 2, picture, jpeg);
  }

  end(): void {
    this.#object(1, '<< /Type /Catalog /Pages 2 0 R >>');
    const kids = this.#pages.map((number) => `${number} 0 R`).join(' ');
    this.#object(2, `<< /Type /Pages /Kids [${kids}] /Count ${this.#pages.length} >>`);
    const start = this.#at;
    const size = this.#offsets.length;
    const rows = Array.from(
      { length: size - 1 },
      (_, index) => `${String(this.#offsets[index + 1]).padStart(10, '0')} 00000 n \n`,
    );
    this.#write(Buffer.from(`xref\n0 ${size}\n0000000000 65535 f \n${rows.join('')}`));
    this.#write(Buffer.from(`trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`));
  }

  close(): void {
    closeSync(this.#file);
  }

  #object(number: number, dictionary: string, stream?: Uint8Array): void {
    this.#offsets[number] = this.#at;
    this.#write(Buffer.from(`${number} 0 obj\n${dictionary}\n`));
    if (stream) {
      this.#write(Buffer.from('stream\n'));
      this.#write(stream);
      this.#write(Buffer.from('\nendstream\n'));
    }
    this.#write(Buffer.from('endobj\n'));
  }

  #write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    this.#at += bytes.length;
  }
}
