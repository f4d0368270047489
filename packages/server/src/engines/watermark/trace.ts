import { agreement, spectrumOf } from './fourier.ts';
import { PILOTS, type Square, TILE_CELLS } from './layout.ts';

/** One number for each pixel. */
export interface Plane {
  data: Float32Array;
  width: number;
  height: number;
}

/** Where marks are looked for, a cell has this many pixels. */
export const CELL = 2;
const TILE = TILE_CELLS * CELL;

/** What is around a cell, in pixels to each side: what is darker or lighter over a larger part is of the picture. */
const AROUND = 2;
const NEARBY = 3;

/** The pattern of the pilots as the sums of a tile see it: a value in the middle of each cell, and one between two. */
const PILOT_SPECTRUM = (() => {
  const at = (column: number, row: number): number =>
    PILOTS[((row + TILE_CELLS) % TILE_CELLS) * TILE_CELLS + ((column + TILE_CELLS) % TILE_CELLS)] ?? 0;
  const values = new Float64Array(TILE * TILE);
  for (let y = 0; y < TILE; y++) {
    for (let x = 0; x < TILE; x++) {
      // The middle of cell n is at 2n + 1.
      const columns = x % 2 === 1 ? [(x - 1) / 2] : [x / 2 - 1, x / 2];
      const rows = y % 2 === 1 ? [(y - 1) / 2] : [y / 2 - 1, y / 2];
      let sum = 0;
      for (const row of rows) for (const column of columns) sum += at(column, row);
      values[y * TILE + x] = sum / (columns.length * rows.length);
    }
  }
  return spectrumOf(values, TILE);
})();

/** Each value as the mean of the square around it, from `before` pixels before it to `after` behind. */
function meansAround({ data, width, height }: Plane, before: number, after: number): Float32Array {
  const rows = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    let sum = 0;
    for (let x = 0; x < Math.min(width, after - 1); x++) sum += data[start + x] ?? 0;
    for (let x = 0; x < width; x++) {
      if (x + after - 1 < width) sum += data[start + x + after - 1] ?? 0;
      if (x - before > 0) sum -= data[start + x - before - 1] ?? 0;
      rows[start + x] = sum / (Math.min(width, x + after) - Math.max(0, x - before));
    }
  }
  const means = new Float32Array(data.length);
  const sums = new Float64Array(width);
  for (let y = 0; y < Math.min(height, after - 1); y++) {
    for (let x = 0; x < width; x++) sums[x] = (sums[x] ?? 0) + (rows[y * width + x] ?? 0);
  }
  for (let y = 0; y < height; y++) {
    const entering = y + after - 1 < height ? (y + after - 1) * width : -1;
    const leaving = y - before > 0 ? (y - before - 1) * width : -1;
    const count = Math.min(height, y + after) - Math.max(0, y - before);
    for (let x = 0; x < width; x++) {
      let sum = sums[x] ?? 0;
      if (entering >= 0) sum += rows[entering + x] ?? 0;
      if (leaving >= 0) sum -= rows[leaving + x] ?? 0;
      sums[x] = sum;
      means[y * width + x] = sum / count;
    }
  }
  return means;
}

/**
 * How much lighter a cell around the upper left corner of each pixel is than what is around the cell, measured by how much
 * that changes nearby: an edge of the picture counts no more than a mark.
 */
export function contrastOf(plane: Plane): Plane {
  const { width, height } = plane;
  const contrast = meansAround(plane, 1, 1);
  const around = meansAround(plane, AROUND, AROUND);
  const sizes = new Float32Array(contrast.length);
  for (let index = 0; index < contrast.length; index++) {
    const difference = (contrast[index] ?? 0) - (around[index] ?? 0);
    contrast[index] = difference;
    sizes[index] = Math.abs(difference);
  }
  const usual = meansAround({ data: sizes, width, height }, NEARBY, NEARBY);
  for (let index = 0; index < contrast.length; index++) {
    const relative = (contrast[index] ?? 0) / ((usual[index] ?? 0) + 0.5);
    contrast[index] = Math.max(-2, Math.min(2, relative));
  }
  return { data: contrast, width, height };
}

/** A rectangle of a plane. */
interface Part {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * The mean of all tiles of a part laid over each other, from its upper left corner on, for cells of `cell` pixels; and how
 * well it agrees with the pilots at each place where the first tile could begin.
 */
function tileScores({ data, width }: Plane, part: Part, cell: number): Float64Array {
  const place = (index: number): number => Math.round((index * CELL) / cell) % TILE;
  const columns = Int32Array.from({ length: part.width }, (_, x) => place(x));
  const sums = new Float64Array(TILE * TILE);
  for (let y = 0; y < part.height; y++) {
    const row = place(y) * TILE;
    const start = (part.top + y) * width + part.left;
    for (let x = 0; x < part.width; x++) {
      const at = row + (columns[x] ?? 0);
      sums[at] = (sums[at] ?? 0) + (data[start + x] ?? 0);
    }
  }
  const columnCounts = new Float64Array(TILE);
  const rowCounts = new Float64Array(TILE);
  for (const column of columns) columnCounts[column] = (columnCounts[column] ?? 0) + 1;
  for (let y = 0; y < part.height; y++) rowCounts[place(y)] = (rowCounts[place(y)] ?? 0) + 1;
  for (let index = 0; index < sums.length; index++) {
    const count = (rowCounts[Math.floor(index / TILE)] ?? 0) * (columnCounts[index % TILE] ?? 0);
    sums[index] = (sums[index] ?? 0) / Math.max(1, count);
  }
  return agreement(sums, PILOT_SPECTRUM, TILE);
}

/** The highest of some scores, measured by what is usual among them. */
function clearest(scores: Float64Array): { clarity: number; at: number } {
  let at = 0;
  let squares = 0;
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index] ?? 0;
    squares += score * score;
    if (score > (scores[at] ?? 0)) at = index;
  }
  return { clarity: (scores[at] ?? 0) / Math.max(1e-9, Math.sqrt(squares / scores.length)), at };
}

/** How clearly tiles whose cells have `cell` pixels stand out in the middle of a contrast, of `most` pixels a side. */
export function clarityOf(contrast: Plane, cell: number, most: number): number {
  const width = Math.min(contrast.width, most);
  const height = Math.min(contrast.height, most);
  const left = Math.floor((contrast.width - width) / 2);
  const top = Math.floor((contrast.height - height) / 2);
  return clearest(tileScores(contrast, { left, top, width, height }, cell)).clarity;
}

/** Where tiles lie in a contrast: pixel `p` is at `p * shrink - start` of the tiles, in pixels of cells of the right size. */
export interface Trace {
  clarity: number;
  shrink: number;
  x: number;
  y: number;
}

/** A block holds so many tiles a side: enough to find them, too few for a wrong size to matter. */
const BLOCK = 2 * TILE;
/** In a larger plane there are enough blocks of more. */
const LARGE = 16 * TILE;

/** By how much the size of cells may be off from what was supposed, in steps that move the far edge of the largest plane by a part of a cell. */
const DRIFT_STEP = 0.0002;
const DRIFT_STEPS = 25;

/** Where the tiles of a contrast lie whose cells have nearly `CELL` pixels. */
export function findTiles(contrast: Plane): Trace {
  const blocks: { x: number; y: number; scores: Float64Array }[] = [];
  const side = Math.max(contrast.width, contrast.height) > LARGE ? 2 * BLOCK : BLOCK;
  for (let top = 0; top === 0 || top + side <= contrast.height; top += side) {
    for (let left = 0; left === 0 || left + side <= contrast.width; left += side) {
      // What is left over at the edges belongs to the last block.
      const width = contrast.width - left < 2 * side ? contrast.width - left : side;
      const height = contrast.height - top < 2 * side ? contrast.height - top : side;
      const scores = tileScores(contrast, { left, top, width, height }, CELL);
      blocks.push({ x: left + width / 2, y: top + height / 2, scores });
    }
  }
  let best: Trace = { clarity: 0, shrink: 1, x: 0, y: 0 };
  // From the right size on outwards: a small picture has room for no more than one answer, and that is as good as any.
  for (let step = 0; step <= 2 * DRIFT_STEPS; step++) {
    const drift = Math.ceil(step / 2) * (step % 2 === 0 ? DRIFT_STEP : -DRIFT_STEP);
    const sums = new Float64Array(TILE * TILE);
    for (const { x, y, scores } of blocks) {
      const shiftX = modulo(Math.round(x * drift), TILE);
      const shiftY = modulo(Math.round(y * drift), TILE);
      for (let row = 0; row < TILE; row++) {
        const from = ((row + shiftY) % TILE) * TILE;
        for (let column = 0; column < TILE; column++) {
          const at = row * TILE + column;
          sums[at] = (sums[at] ?? 0) + (scores[from + ((column + shiftX) % TILE)] ?? 0);
        }
      }
    }
    const { clarity, at } = clearest(sums);
    if (clarity > best.clarity) best = { clarity, shrink: 1 - drift, x: at % TILE, y: Math.floor(at / TILE) };
  }
  return best;
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by;

/** What the cells of a picture look like, one after another from the first whole one on. */
export interface Cells extends Plane {
  /** Which cell of its tile the first one is. */
  column: number;
  row: number;
}

/** Reads each cell in its middle. */
export function readCells({ data, width, height }: Plane, { shrink, x, y }: Trace): Cells {
  const first = (start: number): number => Math.ceil((-start - 1) / CELL);
  const count = (start: number, length: number): number =>
    Math.max(0, Math.floor((length * shrink - start - 1) / CELL) - first(start));
  const middles = (start: number, length: number): Float64Array =>
    Float64Array.from({ length: count(start, length) }, (_, index) => {
      return ((index + first(start)) * CELL + 1 + start) / shrink;
    });
  const columns = middles(x, width);
  const rows = middles(y, height);
  const cells = new Float32Array(columns.length * rows.length);
  let index = 0;
  for (const middleY of rows) {
    const top = Math.min(height - 1, Math.floor(middleY));
    const bottom = Math.min(height - 1, top + 1);
    const v = middleY - top;
    for (const middleX of columns) {
      const left = Math.min(width - 1, Math.floor(middleX));
      const right = Math.min(width - 1, left + 1);
      const u = middleX - left;
      const upper = (data[top * width + left] ?? 0) * (1 - u) + (data[top * width + right] ?? 0) * u;
      const lower = (data[bottom * width + left] ?? 0) * (1 - u) + (data[bottom * width + right] ?? 0) * u;
      cells[index++] = upper * (1 - v) + lower * v;
    }
  }
  return {
    data: cells,
    width: columns.length,
    height: rows.length,
    column: modulo(first(x), TILE_CELLS),
    row: modulo(first(y), TILE_CELLS),
  };
}

/** All squares of a picture laid over each other, the first tile being the one of `column` and `row` in its square. */
export function laidOver(cells: Cells, { side }: Square, column: number, row: number): Float32Array {
  const sums = new Float32Array(side * side);
  const left = column * TILE_CELLS + cells.column;
  const top = row * TILE_CELLS + cells.row;
  let index = 0;
  for (let y = 0; y < cells.height; y++) {
    const start = ((top + y) % side) * side;
    for (let x = 0; x < cells.width; x++, index++) {
      const at = start + ((left + x) % side);
      sums[at] = (sums[at] ?? 0) + (cells.data[index] ?? 0);
    }
  }
  return sums;
}
