import { capacityOf, SPREADS, signsOf, squareOf, TILE_CELLS } from './layout.ts';

interface Extent {
  width: number;
  height: number;
}

/** By how much of 255 the middle of a cell is lighter or darker, where a picture is neither smooth nor busy. */
const AMPLITUDES = { low: 4, medium: 6, high: 9 } as const;
export type Strength = keyof typeof AMPLITUDES;

/** What is smooth shows every mark, and what is busy hides more: of the amplitude, so much at least and at most. */
const LEAST_SHARE = 0.75;
const MOST_SHARE = 2;
/** Standard deviation within a cell at which a picture bears twice as much. */
const BUSY = 12;

/**
 * Sides of a cell in pixels, and from which shorter side of a picture on each is taken: large pictures are mostly shown
 * smaller than they are.
 */
const CELL_SIDES = [
  { cell: 16, from: 4000 },
  { cell: 8, from: 1400 },
  { cell: 4, from: 0 },
] as const;

/** Cells as they may have been made. */
export const cellSides: readonly number[] = CELL_SIDES.map(({ cell }) => cell);

/** Size of cells and spread for a text in a picture; undefined when the picture is too small for it. */
function roomFor(bytes: number, { width, height }: Extent): { cell: number; spread: number } | undefined {
  const shorter = Math.min(width, height);
  const spread = SPREADS.find((candidate) => capacityOf(squareOf(candidate)) >= bytes);
  if (spread === undefined) return undefined;
  const size = CELL_SIDES.find(({ cell, from }) => shorter >= from && shorter >= cell * TILE_CELLS * spread);
  return size && { cell: size.cell, spread };
}

/** The shorter side that a picture must have for a text, in pixels; undefined when no picture has room for it. */
export function leastSideFor(text: string): number | undefined {
  const spread = SPREADS.find((candidate) => capacityOf(squareOf(candidate)) >= Buffer.byteLength(text));
  return spread && Math.min(...cellSides) * TILE_CELLS * spread;
}

/**
 * Hides a text in the brightness of pixels of `channels` bytes each, in place, so that it survives lossy compression,
 * scaling and cropping. There must be room for it: see `leastSideFor`.
 */
export function hideText(
  pixels: Uint8Array,
  { width, height, channels }: Extent & { channels: number },
  text: string,
  strength: Strength,
): void {
  const bytes = new TextEncoder().encode(text);
  const room = roomFor(bytes.length, { width, height });
  if (room === undefined) throw new RangeError(`No room for ${bytes.length} bytes in ${width}x${height} pixels`);
  const { cell, spread } = room;
  const { side } = squareOf(spread);
  const signs = signsOf(bytes, squareOf(spread));
  const shares = bearableShares(pixels, { width, height, channels }, cell);
  const columns = Math.ceil(width / cell);
  /** Change in the middle of a cell; beyond the edges as at the edge. */
  const changeOf = (column: number, row: number): number => {
    const x = Math.max(0, Math.min(columns - 1, column));
    const y = Math.max(0, Math.min(Math.ceil(height / cell) - 1, row));
    return AMPLITUDES[strength] * (shares[y * columns + x] ?? 1) * (signs[(y % side) * side + (x % side)] ?? 0);
  };
  const colours = channels > 2 ? 3 : 1;
  // From the middle of a cell to that of the next, changes go over into each other: no edges to be seen, none to be lost.
  let upper = new Float32Array(columns + 2);
  let lower = Float32Array.from(upper, (_, column) => changeOf(column - 1, -1));
  let below = -1;
  const line = new Float32Array(columns + 2);
  for (let y = 0; y < height; y++) {
    const v = (y + 0.5) / cell - 0.5;
    const row = Math.floor(v);
    while (below < row + 1) {
      below++;
      const next = below;
      [upper, lower] = [lower, upper];
      for (let column = 0; column < lower.length; column++) lower[column] = changeOf(column - 1, next);
    }
    const share = v - row;
    for (let column = 0; column < line.length; column++) {
      line[column] = (upper[column] ?? 0) * (1 - share) + (lower[column] ?? 0) * share;
    }
    for (let x = 0, at = y * width * channels; x < width; x++, at += channels) {
      const u = (x + 0.5) / cell + 0.5;
      const column = Math.floor(u);
      const change = (line[column] ?? 0) * (column + 1 - u) + (line[column + 1] ?? 0) * (u - column);
      for (let colour = at; colour < at + colours; colour++) {
        pixels[colour] = Math.max(0, Math.min(255, Math.round((pixels[colour] ?? 0) + change)));
      }
    }
  }
}

/** How much of the amplitude each cell bears. */
function bearableShares(
  pixels: Uint8Array,
  { width, height, channels }: Extent & { channels: number },
  cell: number,
): Float32Array {
  const columns = Math.ceil(width / cell);
  const shares = new Float32Array(columns * Math.ceil(height / cell));
  // Green is most of what brightness is.
  const shown = channels > 2 ? 1 : 0;
  for (let top = 0, index = 0; top < height; top += cell) {
    for (let left = 0; left < width; left += cell, index++) {
      let count = 0;
      let sum = 0;
      let squares = 0;
      for (let y = top; y < Math.min(height, top + cell); y++) {
        for (let x = left; x < Math.min(width, left + cell); x++) {
          const value = pixels[(y * width + x) * channels + shown] ?? 0;
          count++;
          sum += value;
          squares += value * value;
        }
      }
      const deviation = Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
      shares[index] = Math.min(MOST_SHARE, LEAST_SHARE + (deviation / BUSY) * (2 - LEAST_SHARE));
    }
  }
  return shares;
}
