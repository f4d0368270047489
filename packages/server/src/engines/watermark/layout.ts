import { crc32 } from 'node:zlib';
import { bitsIn, codedLength, decodeBits, encodeBits } from './convolutional-code.ts';

/**
 * How a text lies in a picture. The picture is covered with square tiles of 32 × 32 cells, each cell a little lighter or
 * darker than it was. Of the cells of a tile, a quarter are the same in each tile: these pilots tell where tiles lie and how
 * large they have become. The others belong to a square of 1 × 1 to 6 × 6 tiles, the spread of the text, that is repeated as
 * well: a few are the same in each text of that spread and tell where the square begins, the rest carry the text in its code.
 * Whoever knows this can find and remove it; it is a mark and no secret. What was marked must be found by every later version.
 */
export const TILE_CELLS = 32;
const CELLS = TILE_CELLS * TILE_CELLS;

/** Sides of the squares that a text may be spread over, in tiles. */
export const SPREADS = [1, 2, 3, 4, 6] as const;

/** The text's length in 16 bits and its checksum in 32 go in front of it. */
const LENGTH_BITS = 16;
const CHECKSUM_BITS = 32;
const OVERHEAD_BITS = LENGTH_BITS + CHECKSUM_BITS;

/** The same numbers for ever. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

const signOf = (drawn: number): number => ((drawn >>> 9) % 2) * 2 - 1;

function shuffle(values: number[], draw: () => number): void {
  for (let index = values.length - 1; index > 0; index--) {
    const other = draw() % (index + 1);
    [values[index], values[other]] = [values[other] ?? 0, values[index] ?? 0];
  }
}

/** Sign of each pilot cell of a tile, 0 for the others. */
export const PILOTS: Int8Array = (() => {
  const draw = generator(0x4d31);
  const order = Array.from({ length: CELLS }, (_, cell) => cell);
  shuffle(order, draw);
  const signs = new Int8Array(CELLS);
  for (const cell of order.slice(0, CELLS / 4)) signs[cell] = signOf(draw());
  return signs;
})();

/** The cells of one square of tiles. */
export interface Square {
  /** In tiles. */
  spread: number;
  /** In cells. */
  side: number;
  /** Cells that tell where the square begins, and their signs. */
  beginnings: Int32Array;
  beginningSigns: Int8Array;
  /** Cells for the text's code, in an order that puts neighbours far apart, and a sign for each, so that no text looks like a pattern. */
  data: Int32Array;
  dataSigns: Int8Array;
}

const squares = new Map<number, Square>();

export function squareOf(spread: number): Square {
  const known = squares.get(spread);
  if (known) return known;
  const side = TILE_CELLS * spread;
  const free = Array.from({ length: side * side }, (_, cell) => cell).filter((cell) => {
    const x = cell % side;
    const y = Math.floor(cell / side);
    return PILOTS[(y % TILE_CELLS) * TILE_CELLS + (x % TILE_CELLS)] === 0;
  });
  const draw = generator(0x5157 + spread);
  shuffle(free, draw);
  const count = (side * side) / 16;
  const signs = (length: number): Int8Array => Int8Array.from({ length }, () => signOf(draw()));
  const square = {
    spread,
    side,
    beginnings: Int32Array.from(free.slice(0, count)),
    beginningSigns: signs(count),
    data: Int32Array.from(free.slice(count)),
    dataSigns: signs(free.length - count),
  };
  squares.set(spread, square);
  return square;
}

/** A short text is written several times into a square. Nothing tells how often: whoever reads tries each. */
const REPEATS = [4, 3, 2, 1] as const;

/** Bytes of text that a square has room for. */
export function capacityOf({ data }: Square, repeats = 1): number {
  return Math.floor((bitsIn(Math.floor(data.length / repeats)) - OVERHEAD_BITS) / 8);
}

/** Signs for the data cells of a square. Shorter texts are filled up with zeros, so that a code has one length. */
function codeOf(text: Uint8Array, square: Square): number[] {
  const repeats = REPEATS.find((candidate) => capacityOf(square, candidate) >= text.length) ?? 1;
  const bits = [...bitsOf(text.length, LENGTH_BITS), ...bitsOf(crc32(text), CHECKSUM_BITS)];
  for (const byte of text) bits.push(...bitsOf(byte, 8));
  const length = OVERHEAD_BITS + 8 * capacityOf(square, repeats);
  const code = encodeBits([...bits, ...new Array<number>(length - bits.length).fill(0)]);
  return Array.from({ length: repeats }, () => code).flat();
}

const bitsOf = (value: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => (value >>> (count - 1 - index)) & 1);

const numberOf = (bits: readonly number[]): number => bits.reduce((value, bit) => value * 2 + bit, 0);

/** The sign of each cell of a square that carries a text. */
export function signsOf(text: Uint8Array, square: Square): Int8Array {
  const { side, beginnings, beginningSigns, data, dataSigns } = square;
  const signs = Int8Array.from({ length: side * side }, (_, cell) => {
    const x = cell % side;
    const y = Math.floor(cell / side);
    return PILOTS[(y % TILE_CELLS) * TILE_CELLS + (x % TILE_CELLS)] ?? 0;
  });
  for (const [index, cell] of beginnings.entries()) signs[cell] = beginningSigns[index] ?? 0;
  const code = codeOf(text, square);
  for (const [index, cell] of data.entries()) signs[cell] = (code[index] ?? 1) * (dataSigns[index] ?? 1);
  return signs;
}

/** The text behind what the cells of a square look like, as far as they could be seen; undefined when there is none. */
export function textOf(cells: Float32Array, square: Square): string | undefined {
  for (const repeats of REPEATS) {
    const length = OVERHEAD_BITS + 8 * capacityOf(square, repeats);
    const signs = new Float64Array(codedLength(length));
    for (let index = 0; index < signs.length * repeats; index++) {
      const sign = (cells[square.data[index] ?? 0] ?? 0) * (square.dataSigns[index] ?? 1);
      signs[index % signs.length] = (signs[index % signs.length] ?? 0) + sign;
    }
    const text = readMessage(decodeBits(signs, length));
    if (text !== undefined) return text;
  }
  return undefined;
}

function readMessage(bits: readonly number[]): string | undefined {
  const length = numberOf(bits.slice(0, LENGTH_BITS));
  if (length === 0 || OVERHEAD_BITS + 8 * length > bits.length) return undefined;
  const text = Uint8Array.from({ length }, (_, index) =>
    numberOf(bits.slice(OVERHEAD_BITS + index * 8, OVERHEAD_BITS + 8 + index * 8)),
  );
  if (crc32(text) !== numberOf(bits.slice(LENGTH_BITS, OVERHEAD_BITS))) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(text);
  } catch {
    return undefined;
  }
}
