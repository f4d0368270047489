import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { hmacSha1Hex, hmacSha256Hex } from './hmac.ts';

test('an HMAC-SHA-256 of two hashes is the one that node:crypto makes, also when the key is used again', () => {
  const key = fc.uint8Array({ minLength: 1, maxLength: 64 });
  const texts = fc.array(fc.string({ unit: 'binary', maxLength: 3000 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(key, texts, (key, texts) => {
      for (const text of texts) {
        assert.equal(hmacSha256Hex(key, text), createHmac('sha256', key).update(text).digest('hex'));
      }
    }),
  );
});

test('an HMAC-SHA-1 of two hashes is the one that node:crypto makes, whatever the length of the secret', () => {
  const secret = fc.string({ minLength: 1, maxLength: 100 });
  const texts = fc.array(fc.string({ unit: 'binary', maxLength: 3000 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(secret, texts, (secret, texts) => {
      for (const text of texts) {
        assert.equal(hmacSha1Hex(secret, text), createHmac('sha1', secret).update(text, 'latin1').digest('hex'));
      }
    }),
  );
});

test('a key longer than a block is refused, because it would have to be hashed first', () => {
  assert.throws(() => hmacSha256Hex(new Uint8Array(65), 'text'), RangeError);
});
