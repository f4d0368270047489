/** The inner loops of CRC-64/XZ, as WebAssembly: assembled when this file loads, from the listing below. */

/** The polynomial without its top term, bits reversed. */
const POLYNOMIAL = 0xc96c5795d7870f42n;

/** Bytes taken a step: one table each, and no step waits for the table look-ups of another. */
const SLICES = 16;
const TABLE_BYTES = 256 * 8;
/** Where bytes are put to be worked on. In front of it is room for the window that folding looks back on. */
export const BUFFER_START = 65_536;
export const BUFFER_BYTES = 65_536;

/**
 * A multiple of the polynomial with few terms, x^(8 · 5824) + x^(8 · 5508) + … + 1, is divided by with nothing but XOR of
 * bytes that stand apart by these distances, sixteen at a time: eight times as fast as the tables. Such multiples are rare;
 * this one was searched for, among sums of eight powers whose exponents are whole bytes. The gap below the highest keeps
 * what is read well behind what was just written. (The idea is Russell's "Chorba".)
 */
export const FOLD_EXPONENTS = [0, 561, 864, 1008, 1082, 2407, 5508, 5824] as const;
export const WINDOW_BYTES = 5824;
/** Bytes taken a step. The window is a whole number of them. */
export const FOLD_STEP = 64;
/** Where the window is while the tables take it in; behind these. */
export const WINDOW_START = 32_768;

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
const i32GeU = [0x4f];
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
const v128Load = (offset: number): number[] => [0xfd, 0x00, 0, ...unsignedLeb(offset)];
const v128Store = (offset: number): number[] => [0xfd, 0x0b, 0, ...unsignedLeb(offset)];
const v128Xor = [0xfd, 0x51];
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

/**
 * `fold(from, to, window)`: adds to each byte from `from` up to `to` what those within the window before it leave behind, of
 * which the first is at `window`. Both ranges move on together, so that bytes of the buffer become the window of later ones.
 */
function foldBody(): number[] {
  const [from, to, window] = [0, 1, 2];
  const step: number[] = [];
  for (let at = 0; at < FOLD_STEP; at += 16) {
    step.push(...get(from), ...get(from), ...v128Load(at));
    for (const exponent of FOLD_EXPONENTS.slice(0, -1))
      step.push(...get(window), ...v128Load(at + exponent), ...v128Xor);
    step.push(...v128Store(at));
  }
  const moveOn = (local: number): number[] => [...get(local), ...i32Const(FOLD_STEP), ...i32Add, ...set(local)];
  return [
    ...[block, loop].flat(),
    ...[get(from), get(to), i32GeU, branchIf(1)].flat(),
    ...step,
    ...moveOn(from),
    ...moveOn(window),
    ...[branch(0), end, end, end].flat(),
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
        [0x60, 3, I32, I32, I32, 0],
      ]),
    ),
    ...section(3, vector([[0], [1], [2]])),
    ...section(5, vector([[0, (BUFFER_START + BUFFER_BYTES) / 65_536]])),
    ...section(
      7,
      vector([
        [...text('memory'), 2, 0],
        [...text('update'), 0, 0],
        [...text('multiply'), 0, 1],
        [...text('fold'), 0, 2],
      ]),
    ),
    ...section(10, vector([code(updateBody()), code(multiplyBody()), code(foldBody())])),
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
  fold(from: number, to: number, window: number): void;
}

export const kernel = new WebAssembly.Instance(new WebAssembly.Module(assemble())).exports as Kernel;
new BigUint64Array(kernel.memory.buffer, 0, SLICES * 256).set(makeTables());
