/**
 * SHA-1, SHA-256, MD5 and HMAC in plain JavaScript, for browsers: their own are asynchronous, have no MD5, and are missing
 * on pages that were not loaded over https. They hash short texts; bodies are checked by CRC-64.
 */

type Compress = (state: Uint32Array, block: DataView, words: Uint32Array) => void;

interface Algorithm {
  initial: readonly number[];
  compress: Compress;
  littleEndian: boolean;
}

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));
const at = (words: Uint32Array, index: number): number => words[index] ?? 0;

/** The first 32 bits of the fractional parts of the roots of the first primes: how SHA-256 defines its constants. */
function rootsOfPrimes(count: number, root: number): Uint32Array {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) prime = false;
    if (prime) found.push(candidate);
  }
  return Uint32Array.from(found, (prime) => {
    const value = prime ** (1 / root);
    return Math.floor((value - Math.floor(value)) * 2 ** 32);
  });
}

const SHA256_K = rootsOfPrimes(64, 3);
const MD5_K = Uint32Array.from({ length: 64 }, (_, index) => Math.floor(Math.abs(Math.sin(index + 1)) * 2 ** 32));
const MD5_SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

const sha256: Algorithm = {
  initial: [...rootsOfPrimes(8, 2)],
  littleEndian: false,
  compress(state, block, words) {
    for (let i = 0; i < 16; i++) words[i] = block.getUint32(i * 4);
    for (let i = 16; i < 64; i++) {
      const [w15, w2] = [at(words, i - 15), at(words, i - 2)];
      const s0 = rotate(w15, 25) ^ rotate(w15, 14) ^ (w15 >>> 3);
      const s1 = rotate(w2, 15) ^ rotate(w2, 13) ^ (w2 >>> 10);
      words[i] = at(words, i - 16) + s0 + at(words, i - 7) + s1;
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
    for (let i = 0; i < 64; i++) {
      const s1 = rotate(e, 26) ^ rotate(e, 21) ^ rotate(e, 7);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + at(SHA256_K, i) + at(words, i)) | 0;
      const s0 = rotate(a, 30) ^ rotate(a, 19) ^ rotate(a, 10);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    for (const [index, value] of [a, b, c, d, e, f, g, h].entries()) state[index] = at(state, index) + value;
  },
};

const sha1: Algorithm = {
  initial: [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0],
  littleEndian: false,
  compress(state, block, words) {
    for (let i = 0; i < 16; i++) words[i] = block.getUint32(i * 4);
    for (let i = 16; i < 80; i++) {
      words[i] = rotate(at(words, i - 3) ^ at(words, i - 8) ^ at(words, i - 14) ^ at(words, i - 16), 1);
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0] = state;
    for (let i = 0; i < 80; i++) {
      const [f, k] =
        i < 20
          ? [(b & c) | (~b & d), 0x5a827999]
          : i < 40
            ? [b ^ c ^ d, 0x6ed9eba1]
            : i < 60
              ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc]
              : [b ^ c ^ d, 0xca62c1d6];
      const next = (rotate(a, 5) + f + e + k + at(words, i)) | 0;
      [e, d, c, b, a] = [d, c, rotate(b, 30), a, next];
    }
    for (const [index, value] of [a, b, c, d, e].entries()) state[index] = at(state, index) + value;
  },
};

const md5: Algorithm = {
  initial: [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476],
  littleEndian: true,
  compress(state, block, words) {
    for (let i = 0; i < 16; i++) words[i] = block.getUint32(i * 4, true);
    let [a = 0, b = 0, c = 0, d = 0] = state;
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const [f, index] =
        round === 0
          ? [(b & c) | (~b & d), i]
          : round === 1
            ? [(d & b) | (~d & c), (5 * i + 1) % 16]
            : round === 2
              ? [b ^ c ^ d, (3 * i + 5) % 16]
              : [c ^ (b | ~d), (7 * i) % 16];
      const sum = (a + f + at(MD5_K, i) + at(words, index)) | 0;
      [a, d, c, b] = [d, c, b, (b + rotate(sum, MD5_SHIFTS[round * 4 + (i % 4)] ?? 0)) | 0];
    }
    for (const [index, value] of [a, b, c, d].entries()) state[index] = at(state, index) + value;
  },
};

function digest({ initial, compress, littleEndian }: Algorithm, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  // One bit, zeros, and the length in bits in the last eight bytes of a block.
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  const [high, low] = [Math.floor(bytes.length / 2 ** 29), (bytes.length << 3) >>> 0];
  view.setUint32(padded.length - 8, littleEndian ? low : high, littleEndian);
  view.setUint32(padded.length - 4, littleEndian ? high : low, littleEndian);
  const state = Uint32Array.from(initial);
  const words = new Uint32Array(80);
  for (let from = 0; from < padded.length; from += 64) {
    compress(state, new DataView(padded.buffer, from, 64), words);
  }
  const out = new Uint8Array(initial.length * 4);
  const outView = new DataView(out.buffer);
  for (const [index, word] of state.entries()) outView.setUint32(index * 4, word, littleEndian);
  return out;
}

function hmac(algorithm: Algorithm, key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? digest(algorithm, key) : key);
  const keyed = (mask: number, rest: Uint8Array): Uint8Array => {
    const whole = new Uint8Array(64 + rest.length);
    whole.set(block.map((byte) => byte ^ mask));
    whole.set(rest, 64);
    return digest(algorithm, whole);
  };
  return keyed(0x5c, keyed(0x36, bytes));
}

const utf8 = (text: string | Uint8Array): Uint8Array =>
  typeof text === 'string' ? new TextEncoder().encode(text) : text;

export const toHex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export const toBase64 = (bytes: Uint8Array): string => {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
};

export const fromBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

export const plainHashes = {
  hmacSha1Base64: (key: string, text: string): string => toBase64(hmac(sha1, utf8(key), utf8(text))),
  hmacSha256: (key: string | Uint8Array, text: string): Uint8Array => hmac(sha256, utf8(key), utf8(text)),
  hmacSha256Hex: (key: Uint8Array, text: string): string => toHex(hmac(sha256, key, utf8(text))),
  sha256Hex: (text: string): string => toHex(digest(sha256, utf8(text))),
  md5Base64: (bytes: Uint8Array): string => toBase64(digest(md5, bytes)),
  md5Hex: (bytes: Uint8Array): string => toHex(digest(md5, bytes)),
};
