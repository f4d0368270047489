import { BUFFER_BYTES, BUFFER_START, FOLD_STEP, kernel, WINDOW_BYTES, WINDOW_START } from './crc64-kernel.ts';

/**
 * CRC-64/XZ (ECMA-182, reflected): the checksum the vendor reports as `x-oss-hash-crc64ecma`, always as an unsigned
 * decimal number. The inner loop is WebAssembly, because 64-bit arithmetic on JavaScript numbers is four times slower
 * and on BigInt a hundred times (`crc64-kernel.ts`).
 */

const ALL_ONES = 0xffff_ffff_ffff_ffffn;

const memory = new Uint8Array(kernel.memory.buffer);
const buffer = memory.subarray(BUFFER_START, BUFFER_START + BUFFER_BYTES);
const firstWord = new BigUint64Array(kernel.memory.buffer, BUFFER_START, 1);

/** From here on folding saves more than the last window costs, which goes through the tables all the same. */
const FOLD_BYTES = 16 * 1024;

function advance(remainder: bigint, bytes: Uint8Array): bigint {
  return bytes.length < FOLD_BYTES ? advanceByTables(remainder, bytes) : advanceByFolding(remainder, bytes);
}

/** Divides by the sparse multiple as far as it goes: a window of bytes is left that has the same CRC as all of them. */
function advanceByFolding(remainder: bigint, bytes: Uint8Array): bigint {
  const folded = Math.floor((bytes.length - WINDOW_BYTES) / FOLD_STEP) * FOLD_STEP;
  const history = BUFFER_START - WINDOW_BYTES;
  memory.fill(0, history, BUFFER_START);
  for (let at = 0; at < folded; at += BUFFER_BYTES) {
    const piece = bytes.subarray(at, Math.min(at + BUFFER_BYTES, folded));
    buffer.set(piece);
    if (at === 0) firstWord[0] = (firstWord[0] ?? 0n) ^ BigInt.asUintN(64, remainder);
    const pieceEnd = BUFFER_START + piece.length;
    kernel.fold(BUFFER_START, pieceEnd, history);
    memory.copyWithin(history, pieceEnd - WINDOW_BYTES, pieceEnd);
  }
  // Nothing of the last window is divided any more: what follows the history counts for nothing.
  memory.fill(0, BUFFER_START, BUFFER_START + WINDOW_BYTES);
  memory.set(bytes.subarray(folded, folded + WINDOW_BYTES), WINDOW_START);
  kernel.fold(WINDOW_START, WINDOW_START + WINDOW_BYTES, history);
  const crc = kernel.update(0n, WINDOW_START, WINDOW_START + WINDOW_BYTES);
  return advanceByTables(crc, bytes.subarray(folded + WINDOW_BYTES));
}

function advanceByTables(remainder: bigint, bytes: Uint8Array): bigint {
  let crc = remainder;
  for (let at = 0; at < bytes.length; at += BUFFER_BYTES) {
    const piece = bytes.subarray(at, at + BUFFER_BYTES);
    buffer.set(piece);
    crc = kernel.update(crc, BUFFER_START, BUFFER_START + piece.length);
  }
  return crc;
}

const decimal = (crc: bigint): string => BigInt.asUintN(64, crc).toString();

/** The CRC of `bytes`, or of what `seed` was the CRC of followed by `bytes`. Unsigned decimal, like `seed`. */
export function crc64(bytes: Uint8Array, seed = '0'): string {
  return decimal(advance(BigInt(seed) ^ ALL_ONES, bytes) ^ ALL_ONES);
}

/** Takes bytes as they come. */
export class Crc64 {
  #remainder: bigint;
  /** Continues from `seed`, the CRC of what came before; from nothing by default. */
  constructor(seed = '0') {
    this.#remainder = BigInt(seed) ^ ALL_ONES;
  }
  update(bytes: Uint8Array): this {
    this.#remainder = advance(this.#remainder, bytes);
    return this;
  }
  /** The CRC of everything so far, as an unsigned decimal number. More may follow. */
  digest(): string {
    return decimal(this.#remainder ^ ALL_ONES);
  }
}

/** `powers[k]` = x^(8·2^k): what 2^k more bytes multiply a remainder by. Filled as far as was ever needed. */
const powers: bigint[] = [1n << 55n];

/** The CRC of A followed by B, from the CRCs of A and of B and the length of B in bytes (an integer from 0 to 2^53 − 1). */
export function combine(crcA: string, crcB: string, lengthB: number): string {
  if (!Number.isSafeInteger(lengthB) || lengthB < 0)
    throw new RangeError(`lengthB must be a length in bytes, not ${lengthB}`);
  let crc = BigInt(crcA);
  let rest = lengthB;
  for (let power = 0; rest > 0; power++) {
    let factor = powers[power];
    if (factor === undefined) {
      const root = powers[power - 1] ?? 0n;
      factor = kernel.multiply(root, root);
      powers.push(factor);
    }
    if (rest % 2 === 1) crc = kernel.multiply(crc, factor);
    rest = Math.floor(rest / 2);
  }
  return decimal(crc ^ BigInt(crcB));
}
