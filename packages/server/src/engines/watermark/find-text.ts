import sharp, { type Sharp } from 'sharp';
import { cellSides } from './hide-text.ts';
import { SPREADS, type Square, squareOf, TILE_CELLS, textOf } from './layout.ts';
import { CELL, type Cells, clarityOf, contrastOf, findTiles, laidOver, type Plane, readCells } from './trace.ts';

interface Extent {
  width: number;
  height: number;
}

/** Of a larger picture, no more than this is looked at: its cells are larger as well. */
const MOST_SIDE = 2400;

/** The smallest and the largest cells that are looked for, in pixels of what is looked at. */
const LEAST_CELL = 1.6;
const MOST_CELL = 12.8;
/** From one size of cells to the next that is tried. */
const STEP = 1.005;

/** Of each size, so much of the middle is looked at first, in pixels: about 250 cells. */
const LOOKED_AT = 512;
/** … and so much is read in the end. */
const READ_SIDE = 2048;

/** Pilots stand out so many times more than chance where it is worth to read. */
const PROMISING = 5;
/** How many sizes are read, the clearest first. */
const READ_SIZES = 5;
/** By what part of it a size may be off for the right one to be read. */
const READ_WITH = 0.004;
/** How many places are tried where a text may begin, the clearest first. */
const READ_PLACES = 4;

/** The text that was hidden in a picture, whatever size it has been given since; undefined when none is found. */
export async function findText(picture: Sharp): Promise<string | undefined> {
  const grey = await greyOf(picture);
  const asItIs = await readUnscaled(grey);
  if (asItIs !== undefined) return asItIs;
  for (const cell of await likelyCells(grey)) {
    const text = await read(grey, cell);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** As `findText`, of a picture that has the size in which the text was hidden. */
export async function findUnscaledText(picture: Sharp): Promise<string | undefined> {
  return readUnscaled(await greyOf(picture));
}

async function readUnscaled(grey: Grey): Promise<string | undefined> {
  for (const cell of cellSides) {
    const text = await read(grey, cell);
    if (text !== undefined) return text;
  }
  return undefined;
}

async function greyOf(picture: Sharp): Promise<Grey> {
  const { data, info } = await picture
    .flatten({ background: '#ffffff' })
    .greyscale()
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

interface Grey extends Extent {
  data: Buffer;
}

/** A part of the middle, of `most` pixels a side once a pixel has become `scale` pixels. */
async function planeOf({ data, width, height }: Grey, scale: number, most: number): Promise<Plane> {
  const part = { width: Math.min(width, Math.ceil(most / scale)), height: Math.min(height, Math.ceil(most / scale)) };
  const left = Math.floor((width - part.width) / 2);
  const top = Math.floor((height - part.height) / 2);
  const sized = (side: number): number => Math.max(1, Math.round(side * scale));
  const size = { width: sized(part.width), height: sized(part.height) };
  const bytes = await sharp(data, { raw: { width, height, channels: 1 }, limitInputPixels: false })
    .extract({ left, top, ...part })
    .resize(size.width, size.height, { fit: 'fill' })
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  return { data: Float32Array.from(bytes), ...size };
}

/** Sizes that cells may have, the likeliest first. */
async function likelyCells(grey: Grey): Promise<number[]> {
  const fit = Math.min(1, MOST_SIDE / Math.max(grey.width, grey.height));
  const found: { cell: number; clarity: number }[] = [];
  for (let least = LEAST_CELL; least < MOST_CELL; least *= 2) {
    // At this size, cells have between 1.5 and 3 pixels.
    const scale = Math.min((1.5 / least) * fit, 1.5);
    const contrast = contrastOf(await planeOf(grey, scale, LOOKED_AT));
    for (let cell = least; cell < 2 * least; cell *= STEP) {
      found.push({ cell: cell / fit, clarity: clarityOf(contrast, (cell / fit) * scale, LOOKED_AT) });
    }
  }
  found.sort((a, b) => b.clarity - a.clarity);
  const likely: number[] = [];
  for (const { cell, clarity } of found) {
    if (clarity < PROMISING || likely.length === READ_SIZES) break;
    // What is next to a size that is read is read with it.
    if (likely.every((other) => Math.abs(other / cell - 1) > READ_WITH)) likely.push(cell);
  }
  return likely;
}

async function read(grey: Grey, cell: number): Promise<string | undefined> {
  const scale = CELL / cell;
  if (Math.min(grey.width, grey.height) * scale < TILE_CELLS) return undefined;
  const contrast = contrastOf(await planeOf(grey, scale, READ_SIDE));
  const trace = findTiles(contrast);
  if (trace.clarity < PROMISING) return undefined;
  const cells = readCells(contrast, trace);
  for (const { square, column, row } of likelyPlaces(cells)) {
    const text = textOf(laidOver(cells, square, column, row), square);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Squares that texts may be in, and where these may begin, the likeliest first. */
function likelyPlaces(cells: Cells): { square: Square; column: number; row: number }[] {
  const places = SPREADS.flatMap((spread) => {
    const square = squareOf(spread);
    const sums = laidOver(cells, square, 0, 0);
    const squares = sums.reduce((sum, value) => sum + value * value, 0);
    return Array.from({ length: spread * spread }, (_, index) => {
      const column = index % spread;
      const row = Math.floor(index / spread);
      return { square, column, row, score: agreementOf(sums, square, column, row) / Math.sqrt(squares + 1e-9) };
    });
  });
  return places.sort((a, b) => b.score - a.score).slice(0, READ_PLACES);
}

/** How well the cells that tell where a square begins agree with one beginning. */
function agreementOf(sums: Float32Array, square: Square, column: number, row: number): number {
  const { side, beginnings, beginningSigns } = square;
  let sum = 0;
  for (const [index, cell] of beginnings.entries()) {
    const x = (cell % side) + side - column * TILE_CELLS;
    const y = Math.floor(cell / side) + side - row * TILE_CELLS;
    sum += (sums[(y % side) * side + (x % side)] ?? 0) * (beginningSigns[index] ?? 0);
  }
  return sum;
}
