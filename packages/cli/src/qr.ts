import { encodeQR } from 'qr';

/** Modules of quiet around a code, without which cameras do not find it. */
const QUIET = 4;
/** White on black whatever the terminal's own colours are. */
const COLOURS = { begin: '\u001b[97;40m', end: '\u001b[0m' };

/** A text as a QR code, two rows of modules to a line. */
export function qrLines(text: string): string[] {
  const rows = encodeQR(text, 'raw', { ecc: 'low', border: QUIET });
  const lines: string[] = [];
  for (let at = 0; at < rows.length; at += 2) {
    const [upper = [], lower = []] = [rows[at], rows[at + 1]];
    // Light is what is drawn. Below the last row there is nothing, which is dark to a camera and outside of the quiet.
    const drawn = upper.map((dark, column) => (dark ? ' ▄' : '▀█')[lower[column] === false ? 1 : 0] ?? ' ');
    lines.push(`${COLOURS.begin}${drawn.join('')}${COLOURS.end}`);
  }
  return lines;
}
