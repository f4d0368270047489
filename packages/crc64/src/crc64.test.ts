import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { FOLD_EXPONENTS, WINDOW_BYTES } from './crc64-kernel.ts';
import { Crc64, combine, crc64 } from './index.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** The definition, bit by bit. */
function byDefinition(bytes: Uint8Array): string {
  let crc = 0xffff_ffff_ffff_ffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0xc96c5795d7870f42n : crc >> 1n;
  }
  return (crc ^ 0xffff_ffff_ffff_ffffn).toString();
}

test('gives the published check values', () => {
  assert.equal(crc64(text('123456789')), '11051210869376104954');
  assert.equal(crc64(text('hello')), '11177612005948864433');
  assert.equal(crc64(new Uint8Array()), '0');
});

test('agrees with the definition for any bytes, at any alignment', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(20), (bytes, skip) => {
      assert.equal(crc64(bytes.subarray(skip)), byDefinition(bytes.subarray(skip)));
    }),
  );
});

test('is the same in one piece, in pieces, continued from a seed, and combined', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, cut) => {
      const [a, b] = [bytes.subarray(0, cut), bytes.subarray(cut)];
      const whole = crc64(bytes);
      assert.equal(new Crc64().update(a).update(b).digest(), whole);
      assert.equal(new Crc64(crc64(a)).update(b).digest(), whole);
      assert.equal(crc64(b, crc64(a)), whole);
      assert.equal(combine(crc64(a), crc64(b), b.length), whole);
    }),
  );
});

test('crosses the inner buffer of 64 KiB without a seam', () => {
  const bytes = new Uint8Array(200_003).map((_, at) => (at * 131) ^ (at >> 7));
  assert.equal(crc64(bytes), byDefinition(bytes));
  const cut = 65_536 + 7;
  assert.equal(combine(crc64(bytes.subarray(0, cut)), crc64(bytes.subarray(cut)), bytes.length - cut), crc64(bytes));
});

test('folds long bytes as the definition has it, whatever their length, alignment and seed', () => {
  const bytes = randomBytes(150_000);
  fc.assert(
    fc.property(fc.nat(100), fc.integer({ min: 16_300, max: 149_900 }), fc.nat(20_000), (skip, end, cut) => {
      const piece = bytes.subarray(skip, end);
      // The tables, 1,000 bytes at a time.
      const slowly = new Crc64();
      for (let at = 0; at < piece.length; at += 1000) slowly.update(piece.subarray(at, at + 1000));
      assert.equal(crc64(piece), slowly.digest());
      assert.equal(crc64(piece.subarray(cut), crc64(piece.subarray(0, cut))), slowly.digest());
    }),
  );
});

test('the exponents that folding goes by are those of a multiple of the polynomial', () => {
  let [power, sum] = [1n << 63n, 0n];
  for (let exponent = 0; exponent <= WINDOW_BYTES; exponent += 1) {
    if (FOLD_EXPONENTS.some((each) => each === exponent)) sum ^= power;
    for (let bit = 0; bit < 8; bit++) power = power & 1n ? (power >> 1n) ^ 0xc96c5795d7870f42n : power >> 1n;
  }
  assert.equal(sum, 0n);
});

test('combines lengths past 32 bits', () => {
  // A run of zero bytes has a CRC that doubling finds without making the bytes.
  let [zeros, length] = [crc64(new Uint8Array(65_536)), 65_536];
  while (length < 2 ** 33) [zeros, length] = [combine(zeros, zeros, length), length * 2];
  const [a, b] = [crc64(text('a')), crc64(text('b'))];
  const left = combine(combine(a, zeros, length), b, 1);
  const right = combine(a, combine(zeros, b, 1), length + 1);
  assert.equal(left, right);
  assert.throws(() => combine('1', '2', -1), RangeError);
});
