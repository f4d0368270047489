import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isDomainError } from '../errors.ts';
import type { MasterKey, MasterKeys } from '../ports/master-keys.ts';
import { BlobCiphers, type CipherName } from './blob-cipher.ts';

const random = { bytes: (count: number) => randomBytes(count) };

function keysOf(...keys: [MasterKey, ...MasterKey[]]): MasterKeys {
  return { current: () => keys[0], find: (id) => keys.find((key) => key.id === id) };
}

const one: MasterKey = { id: 'one', secret: randomBytes(32) };
const two: MasterKey = { id: 'two', secret: randomBytes(32) };

describe('BlobCiphers', () => {
  const ciphers = new BlobCiphers({ keys: keysOf(one), random });

  for (const cipher of ['AES256', 'SM4'] satisfies CipherName[]) {
    it(`gives back any range of what ${cipher} encrypted, in whatever pieces`, () => {
      const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 });
      fc.assert(
        fc.property(bytes, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 50 }), (plain, a, b, step) => {
          const { seal, encrypt } = ciphers.begin(cipher, 'blob');
          const pieces: Uint8Array[] = [];
          for (let at = 0; at < plain.length; at += step) pieces.push(encrypt(plain.subarray(at, at + step)));
          const stored = Buffer.concat(pieces);
          assert.equal(stored.length, plain.length);
          const from = a % plain.length;
          const to = from + (b % (plain.length - from)) + 1;
          const decrypt = ciphers.open(seal, 'blob', from);
          assert.deepEqual(Buffer.from(decrypt(stored.subarray(from, to))), Buffer.from(plain.subarray(from, to)));
        }),
      );
    });
  }

  it('encrypts the same bytes differently each time', () => {
    const plain = Buffer.alloc(64);
    const first = ciphers.begin('AES256', 'a').encrypt(plain);
    assert.notDeepEqual(first, Buffer.from(plain));
    assert.notDeepEqual(ciphers.begin('AES256', 'a').encrypt(plain), first);
  });

  it('counts blocks past what 32 bits hold', () => {
    const { seal } = ciphers.begin('AES256', 'blob');
    const far = 2 ** 37 + 5;
    const [whole, later] = [ciphers.open(seal, 'blob', far), ciphers.open(seal, 'blob', far + 16)];
    const stream = whole(Buffer.alloc(48));
    assert.deepEqual(later(Buffer.alloc(32)), stream.subarray(16));
    assert.notDeepEqual(stream, ciphers.open(seal, 'blob', 5)(Buffer.alloc(48)));
  });

  it('opens what an older key sealed after a new one has come', () => {
    const { seal, encrypt } = ciphers.begin('SM4', 'blob');
    const stored = encrypt(Buffer.from('hello'));
    const rotated = new BlobCiphers({ keys: keysOf(two, one), random });
    assert.equal(Buffer.from(rotated.open(seal, 'blob', 0)(stored)).toString(), 'hello');
    assert.match(rotated.begin('SM4', 'blob').seal, /^SM4\.two\./);
  });

  it('says which key is missing, and does not open a seal that was changed or belongs to another blob', () => {
    const { seal } = ciphers.begin('AES256', 'blob');
    const without = new BlobCiphers({ keys: keysOf(two), random });
    assert.throws(
      () => without.open(seal, 'blob', 0),
      (error) => isDomainError(error, 'KeyMissing') && error.details.keyId === 'one',
    );
    const flipped = seal.replace(/.(.)$/, (end) => (end.startsWith('A') ? `B${end[1]}` : `A${end[1]}`));
    const wrong: [string, string][] = [
      [seal, 'other'],
      [seal.replace('AES256', 'SM4'), 'blob'],
      [seal.replace('AES256', 'ROT13'), 'blob'],
      [seal.slice(0, 12), 'blob'],
      [flipped, 'blob'],
    ];
    for (const [changed, blob] of wrong) {
      assert.throws(
        () => ciphers.open(changed, blob, 0),
        (error) => isDomainError(error, 'BlobDamaged'),
        `${changed} ${blob}`,
      );
    }
  });
});
