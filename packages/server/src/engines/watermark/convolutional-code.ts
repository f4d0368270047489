/** A convolutional code of rate 1/3 and constraint length 7: three bits for each, of which many may be lost. */
const MEMORY = 6;
const STATES = 1 << MEMORY;
const GENERATORS = [0o133, 0o145, 0o175] as const;
const RATE = GENERATORS.length;

const parity = (value: number): number => {
  let bits = value;
  bits ^= bits >> 4;
  bits ^= bits >> 2;
  bits ^= bits >> 1;
  return bits & 1;
};

/** What each register, the state with the newest bit above it, puts out: one bit of three for each generator. */
const WORDS = Uint8Array.from({ length: STATES * 2 }, (_, register) =>
  GENERATORS.reduce((word, generator) => word * 2 + parity(register & generator), 0),
);

/** How many signs `count` bits become. */
export const codedLength = (count: number): number => (count + MEMORY) * RATE;

/** How many bits `count` signs have room for. */
export const bitsIn = (count: number): number => Math.floor(count / RATE) - MEMORY;

/** The signs, -1 and 1, that stand for these bits. */
export function encodeBits(bits: readonly number[]): number[] {
  const signs: number[] = [];
  let state = 0;
  for (const bit of [...bits, ...new Array<number>(MEMORY).fill(0)]) {
    const register = (bit << MEMORY) | state;
    const word = WORDS[register] ?? 0;
    for (let place = RATE - 1; place >= 0; place--) signs.push(2 * ((word >> place) & 1) - 1);
    state = register >> 1;
  }
  return signs;
}

/** The likeliest bits behind signs that may be weak, wrong or missing (0): the algorithm of Viterbi. */
export function decodeBits(signs: Float64Array, count: number): number[] {
  const steps = count + MEMORY;
  let scores = new Float64Array(STATES).fill(Number.NEGATIVE_INFINITY);
  let next = new Float64Array(STATES);
  scores[0] = 0;
  // Of each state and step, the bit that fell out of the register: it tells the state before.
  const dropped = new Uint8Array(steps * STATES);
  const gains = new Float64Array(1 << RATE);
  for (let step = 0; step < steps; step++) {
    const [a = 0, b = 0, c = 0] = signs.subarray(step * RATE, (step + 1) * RATE);
    for (let word = 0; word < gains.length; word++) {
      gains[word] = (word & 4 ? a : -a) + (word & 2 ? b : -b) + (word & 1 ? c : -c);
    }
    for (let state = 0; state < STATES; state++) {
      // Two registers lead to a state: they differ in the bit that they lose.
      const register = state << 1;
      const zero = (scores[register & (STATES - 1)] ?? 0) + (gains[WORDS[register] ?? 0] ?? 0);
      const one = (scores[(register | 1) & (STATES - 1)] ?? 0) + (gains[WORDS[register | 1] ?? 0] ?? 0);
      next[state] = Math.max(zero, one);
      dropped[step * STATES + state] = one > zero ? 1 : 0;
    }
    [scores, next] = [next, scores];
  }
  const bits: number[] = [];
  let state = 0;
  for (let step = steps - 1; step >= 0; step--) {
    bits.push(state >> (MEMORY - 1));
    state = ((state << 1) & (STATES - 1)) | (dropped[step * STATES + state] ?? 0);
  }
  return bits.reverse().slice(0, count);
}
