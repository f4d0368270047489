import { InvalidRequestError } from '../core/errors.ts';

export const SMALLEST_PART = 100 * 1024;
const LARGEST_PART = 5 * 1024 ** 3;
const MOST_PARTS = 10_000;
const MIB = 1024 ** 2;
/** Of one part lost at a fault at most this much is sent again; larger files need larger parts to stay below the limit. */
const USUAL_PART = 8 * MIB;

/** The part size to use: the one asked for, or one by the size of the source, of whole MiB. */
export function partSizeFor(size: number | undefined, asked: number | undefined): number {
  if (asked !== undefined && !(asked >= SMALLEST_PART && asked <= LARGEST_PART)) {
    throw new InvalidRequestError(`A part has ${SMALLEST_PART} to ${LARGEST_PART} bytes, not ${asked}.`);
  }
  if (size === undefined) return asked ?? USUAL_PART * 2;
  const least = Math.ceil(size / MOST_PARTS);
  if (asked !== undefined && asked >= least) return asked;
  return Math.max(asked ?? USUAL_PART, Math.ceil(least / MIB) * MIB);
}

export interface Part {
  number: number;
  from: number;
  size: number;
}

export function partsOf(size: number, partSize: number): Part[] {
  const count = Math.ceil(size / partSize);
  return Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    from: index * partSize,
    size: Math.min(partSize, size - index * partSize),
  }));
}
