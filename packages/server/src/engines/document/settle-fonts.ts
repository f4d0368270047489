import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { placesIn, readTail } from './pdf-places.ts';

const deflated = promisify(deflate);
const inflated = promisify(inflate);

/** LibreOffice writes fonts behind all pages. One that lies further from the end is left as it is. */
const MOST_TAIL = 32 * 1024 * 1024;
/** … and so is one that would keep the server from other work for longer than some 50 ms. */
const MOST_FONT = 8 * 1024 * 1024;

/** LibreOffice counts the Type 1 fonts that a process writes, whatever documents they are for. */
const NUMBER = /\/UniqueID 41\d{5} /;
const FIRST_NUMBER = 4_100_001;

/** Both parts of a font, the clear and the hidden one, begin with what it is called and numbered. */
const HEAD_BYTES = 4 * 1024;

/** How Type 1 fonts hide their second part ("eexec"): no secret, but each byte depends on all before it. */
const HIDING = { key: 55_665, factor: 52_845, summand: 22_719 };

interface Change {
  from: number;
  to: number;
  bytes: Buffer;
}

/**
 * Counts the fonts of a PDF by LibreOffice from one on, as if its process had never written others, so that the same
 * document gives the same bytes. Their compressed lengths change with their numbers, so that what is behind them moves, and
 * the table of places at the end is written anew. A file that looks otherwise than expected stays as it is.
 */
export async function settleFonts(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  const { tail, from } = await readTail(file, MOST_TAIL);
  const text = tail.toString('latin1');
  const places = placesIn(text, from);
  if (places === undefined) return;
  const fonts = new Set(Array.from(text.matchAll(/\/FontFile (\d+) 0 R/g), ([, number]) => Number(number)));
  const placeOf = (object: number): number => (places.offsets[object] ?? -1) - from;
  const changes: Change[] = [];
  let count = 0;
  for (const number of [...fonts].sort((a, b) => a - b)) {
    const renumbered = await numbered({ tail, text, placeOf }, number, FIRST_NUMBER + count);
    if (renumbered === undefined) continue;
    count += 1;
    changes.push(...renumbered);
  }
  if (changes.length === 0) return;
  changes.sort((a, b) => a.from - b.from);
  /** Where in the new file is what was here. */
  const moved = (place: number): number =>
    changes.reduce(
      (sum, change) => (change.to <= place ? sum + change.bytes.length - change.to + change.from : sum),
      place,
    );
  const table = text.slice(places.from, places.to).replace(/^\d{10}(?= \d{5} n)/gm, (place) => {
    const old = Number(place);
    return String(old < from ? old : moved(old - from) + from).padStart(10, '0');
  });
  const start = String(moved(places.table) + from);
  changes.push({ from: places.from, to: places.to, bytes: Buffer.from(table, 'latin1') });
  changes.push({ from: places.start.from, to: places.start.to, bytes: Buffer.from(start, 'latin1') });
  const pieces: Buffer[] = [];
  const first = changes[0]?.from ?? 0;
  let at = first;
  for (const change of changes) {
    pieces.push(tail.subarray(at, change.from), change.bytes);
    at = change.to;
  }
  const written = Buffer.concat([...pieces, tail.subarray(at)]);
  await file.write(written, 0, written.length, from + first);
  await file.truncate(from + first + written.length);
}

/** What has to change for a font to have a number; undefined when it has none. */
async function numbered(
  { tail, text, placeOf }: { tail: Buffer; text: string; placeOf(object: number): number },
  object: number,
  number: number,
): Promise<Change[] | undefined> {
  const at = placeOf(object);
  const head = /^\d+ 0 obj\n<<\/Length (\d+) 0 R\/Filter\/FlateDecode[^>]*>>\nstream\n/.exec(text.slice(at, at + 300));
  if (at < 0 || head === null) return undefined;
  const lengthAt = placeOf(Number(head[1]));
  const length = /^(\d+ 0 obj\n)(\d+)\n/.exec(text.slice(lengthAt, lengthAt + 40));
  if (lengthAt < 0 || length === null) return undefined;
  const [, before = '', digits = ''] = length;
  const from = at + head[0].length;
  const to = from + Number(digits);
  const font = await inflated(tail.subarray(from, to), { maxOutputLength: MOST_FONT }).catch(() => undefined);
  const [, clear, sealed] = /\/Length1 (\d+)\/Length2 (\d+)/.exec(head[0]) ?? [];
  const hidden = font?.subarray(Number(clear), Number(clear) + Number(sealed));
  if (!font || !hidden || hidden.length !== Number(sealed)) return undefined;
  decrypt(hidden);
  const told = [font.subarray(0, Number(clear)), hidden].map((part) => renumber(part, number));
  encrypt(hidden);
  if (!told.includes(true)) return undefined;
  const bytes = await deflated(font);
  const digitsAt = lengthAt + before.length;
  return [
    { from, to, bytes },
    { from: digitsAt, to: digitsAt + digits.length, bytes: Buffer.from(String(bytes.length), 'latin1') },
  ];
}

/** Says whether a part of a font had a number, which it then has no longer. */
function renumber(part: Buffer, number: number): boolean {
  const found = NUMBER.exec(part.toString('latin1', 0, HEAD_BYTES));
  if (found) part.write(`/UniqueID ${number} `, found.index, 'latin1');
  return found !== null;
}

function decrypt(bytes: Buffer): void {
  let key = HIDING.key;
  for (let at = 0; at < bytes.length; at++) {
    const hidden = bytes[at] ?? 0;
    bytes[at] = hidden ^ (key >> 8);
    key = ((hidden + key) * HIDING.factor + HIDING.summand) & 0xffff;
  }
}

function encrypt(bytes: Buffer): void {
  let key = HIDING.key;
  for (let at = 0; at < bytes.length; at++) {
    const hidden = (bytes[at] ?? 0) ^ (key >> 8);
    bytes[at] = hidden;
    key = ((hidden + key) * HIDING.factor + HIDING.summand) & 0xffff;
  }
}
