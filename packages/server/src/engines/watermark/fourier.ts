/** Complex numbers of a square whose side is a power of two, real and imaginary parts apart. */
export interface Spectrum {
  re: Float64Array;
  im: Float64Array;
}

/** What transforming lines of one length needs. */
interface Plan {
  cos: Float64Array;
  sin: Float64Array;
  /** Where each number goes before the first step. */
  reversed: Uint16Array;
}

const plans = new Map<number, Plan>();

function planOf(side: number): Plan {
  const known = plans.get(side);
  if (known) return known;
  const bits = Math.log2(side);
  const angle = (index: number): number => (-2 * Math.PI * index) / side;
  const plan: Plan = {
    cos: Float64Array.from({ length: side / 2 }, (_, index) => Math.cos(angle(index))),
    sin: Float64Array.from({ length: side / 2 }, (_, index) => Math.sin(angle(index))),
    reversed: Uint16Array.from({ length: side }, (_, index) => {
      let reversed = 0;
      for (let bit = 0; bit < bits; bit++) if (index & (1 << bit)) reversed |= 1 << (bits - 1 - bit);
      return reversed;
    }),
  };
  plans.set(side, plan);
  return plan;
}

/** Transforms one line of numbers that lie `stride` apart, in place. */
function transformLine({ re, im }: Spectrum, start: number, stride: number, side: number, plan: Plan): void {
  const { cos, sin, reversed } = plan;
  for (let index = 1; index < side; index++) {
    const other = reversed[index] ?? 0;
    if (index >= other) continue;
    const a = start + index * stride;
    const b = start + other * stride;
    const real = re[a] ?? 0;
    const imaginary = im[a] ?? 0;
    re[a] = re[b] ?? 0;
    im[a] = im[b] ?? 0;
    re[b] = real;
    im[b] = imaginary;
  }
  for (let half = 1; half < side; half <<= 1) {
    const step = side / (2 * half);
    for (let index = 0; index < half; index++) {
      const c = cos[index * step] ?? 0;
      const s = sin[index * step] ?? 0;
      for (let block = index; block < side; block += 2 * half) {
        const a = start + block * stride;
        const b = a + half * stride;
        const real = (re[b] ?? 0) * c - (im[b] ?? 0) * s;
        const imaginary = (re[b] ?? 0) * s + (im[b] ?? 0) * c;
        re[b] = (re[a] ?? 0) - real;
        im[b] = (im[a] ?? 0) - imaginary;
        re[a] = (re[a] ?? 0) + real;
        im[a] = (im[a] ?? 0) + imaginary;
      }
    }
  }
}

function transform(square: Spectrum, side: number): void {
  const plan = planOf(side);
  for (let row = 0; row < side; row++) transformLine(square, row * side, 1, side, plan);
  for (let column = 0; column < side; column++) transformLine(square, column, side, side, plan);
}

/** The spectrum of a square of real numbers. */
export function spectrumOf(values: Float64Array, side: number): Spectrum {
  const square = { re: Float64Array.from(values), im: new Float64Array(values.length) };
  transform(square, side);
  return square;
}

/** How well `values` agree with a pattern (by its spectrum) at each shift of the pattern, around the edges as well. */
export function agreement(values: Float64Array, pattern: Spectrum, side: number): Float64Array {
  const { re, im } = spectrumOf(values, side);
  const square = { re: new Float64Array(values.length), im: new Float64Array(values.length) };
  for (let index = 0; index < values.length; index++) {
    const a = re[index] ?? 0;
    const b = im[index] ?? 0;
    const c = pattern.re[index] ?? 0;
    const d = pattern.im[index] ?? 0;
    square.re[index] = a * c + b * d;
    // Conjugated, so that the same transform leads back: what is real stays so.
    square.im[index] = a * d - b * c;
  }
  transform(square, side);
  return square.re;
}
