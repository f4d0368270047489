/**
 * CRC-64/XZ (ECMA-182, reflected): the checksum the vendor reports as `x-oss-hash-crc64ecma`, always as an unsigned
 * decimal number. The inner loop is WebAssembly, because 64-bit arithmetic on JavaScript numbers is four times slower
 * and on BigInt a hundred times; the module is assembled here when this file loads, from the listing below.
 */

/** The polynomial without its top term, bits reversed. */
const POLYNOMIAL = 0xc96c5795d7870f42n;
const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/** Bytes taken a step: one table each, and no step waits for the table look-ups of another. */
const SLICES = 16;
const TABLE_BYTES = 256 * 8;
const BUFFER_START = 65_536;
const BUFFER_BYTES = 65_536;

/** `tables[k][b]`: what byte `b` contributes when `k` more bytes follow it in the same step. */
function makeTables(): BigUint64Array {
  const tables = new BigUint64Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256] ?? 0n;
    tables[at] = (tables[Number(before & 0xffn)] ?? 0n) ^ (before >> 8n);
  }
  return tables;
}

// The few instructions used, by their names in the WebAssembly text format.
const I32 = 0x7f;
const I64 = 0x7e;
const VOID = 0x40;
const block = [0x02, VOID];
const loop = [0x03, VOID];
const end = [0x0b];
const i32GtU = [0x4b];
const i32Add = [0x6a];
const i32And = [0x71];
const i64Eqz = [0x50];
const i64Sub = [0x7d];
const i64And = [0x83];
const i64Xor = [0x85];
const i64Shl = [0x86];
const i64ShrU = [0x88];
const i32WrapI64 = [0xa7];
const branch = (depth: number): number[] => [0x0c, depth];
const branchIf = (depth: number): number[] => [0x0d, depth];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const i32Const = (value: number): number[] => [0x41, ...signedLeb(BigInt(value))];
const i64Const = (value: bigint): number[] => [0x42, ...signedLeb(BigInt.asIntN(64, value))];
/** Eight bytes at the address on the stack plus `offset`; `alignment` is a power of two, and only a hint. */
const i64Load = (alignment: number, offset: number): number[] => [0x29, alignment, ...unsignedLeb(offset)];
const i64Load8U = (offset: number): number[] => [0x31, 0, ...unsignedLeb(offset)];

function unsignedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return [...bytes, rest];
}

function signedLeb(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

/** `update(crc, from, to)`: the running remainder (not inverted) after the bytes `from` up to `to` of the memory. */
function updateBody(): number[] {
  const [crc, from, to, next] = [0, 1, 2, 3];
  // Byte `index` of a word selects an entry of eight bytes: shifted so that `byte * 8` falls out of one mask.
  const lookUp = (word: number, index: number, table: number): number[] => [
    ...get(word),
    ...(index === 0 ? [...i64Const(3n), ...i64Shl] : [...i64Const(BigInt(8 * index - 3)), ...i64ShrU]),
    ...i32WrapI64,
    ...i32Const(0x7f8),
    ...i32And,
    ...i64Load(3, table * TABLE_BYTES),
  ];
  const step: number[] = [];
  for (let index = 0; index < SLICES; index++) {
    const word = index < 8 ? crc : next;
    step.push(...lookUp(word, index % 8, SLICES - 1 - index));
    if (index > 0) step.push(...i64Xor);
  }
  return [
    ...[block, loop].flat(),
    ...[get(from), i32Const(SLICES), i32Add, get(to), i32GtU, branchIf(1)].flat(),
    ...[get(crc), get(from), i64Load(0, 0), i64Xor, set(crc)].flat(),
    ...[get(from), i64Load(0, 8), set(next)].flat(),
    ...step,
    ...set(crc),
    ...[get(from), i32Const(SLICES), i32Add, set(from), branch(0), end, end].flat(),
    // What is left of the last step, byte by byte.
    ...[block, loop].flat(),
    ...[get(from), i32Const(1), i32Add, get(to), i32GtU, branchIf(1)].flat(),
    ...[get(crc), get(from), i64Load8U(0), i64Xor, set(next)].flat(),
    ...lookUp(next, 0, 0),
    ...[get(crc), i64Const(8n), i64ShrU, i64Xor, set(crc)].flat(),
    ...[get(from), i32Const(1), i32Add, set(from), branch(0), end, end].flat(),
    ...get(crc),
    ...end,
  ];
}

/** `multiply(a, b)`: the product of two polynomials modulo the CRC's, lowest power in the highest bit. */
function multiplyBody(): number[] {
  const [a, b, product] = [0, 1, 2];
  return [
    ...[block, loop].flat(),
    ...[get(a), i64Eqz, branchIf(1)].flat(),
    ...[
      get(product),
      get(b),
      i64Const(0n),
      get(a),
      i64Const(63n),
      i64ShrU,
      i64Sub,
      i64And,
      i64Xor,
      set(product),
    ].flat(),
    ...[get(a), i64Const(1n), i64Shl, set(a)].flat(),
    ...[get(b), i64Const(1n), i64ShrU].flat(),
    ...[i64Const(POLYNOMIAL), i64Const(0n), get(b), i64Const(1n), i64And, i64Sub, i64And, i64Xor, set(b)].flat(),
    ...[branch(0), end, end].flat(),
    ...get(product),
    ...end,
  ];
}

function assemble(): Uint8Array<ArrayBuffer> {
  const vector = (items: number[][]): number[] => [...unsignedLeb(items.length), ...items.flat()];
  const section = (id: number, content: number[]): number[] => [id, ...unsignedLeb(content.length), ...content];
  const text = (name: string): number[] => [name.length, ...[...name].map((letter) => letter.charCodeAt(0))];
  const code = (body: number[]): number[] => {
    const whole = [...vector([[1, I64]]), ...body];
    return [...unsignedLeb(whole.length), ...whole];
  };
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      vector([
        [0x60, 3, I64, I32, I32, 1, I64],
        [0x60, 2, I64, I64, 1, I64],
      ]),
    ),
    ...section(3, vector([[0], [1]])),
    ...section(5, vector([[0, (BUFFER_START + BUFFER_BYTES) / 65_536]])),
    ...section(
      7,
      vector([
        [...text('memory'), 2, 0],
        [...text('update'), 0, 0],
        [...text('multiply'), 0, 1],
      ]),
    ),
    ...section(10, vector([code(updateBody()), code(multiplyBody())])),
  ]);
}

/** As much of the standard global as is used here; TypeScript declares it only together with a browser's. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  update(crc: bigint, from: number, to: number): bigint;
  multiply(a: bigint, b: bigint): bigint;
}

const kernel = new WebAssembly.Instance(new WebAssembly.Module(assemble())).exports as Kernel;
new BigUint64Array(kernel.memory.buffer, 0, SLICES * 256).set(makeTables());
const buffer = new Uint8Array(kernel.memory.buffer, BUFFER_START, BUFFER_BYTES);

function advance(remainder: bigint, bytes: Uint8Array): bigint {
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
