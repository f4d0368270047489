import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nodePlatform } from '../node/platform.ts';
import { fromBase64, plainHashes, toBase64 } from './hashes.ts';

test('the hashes for browsers agree with those of Node for any text and key', () => {
  const { hashes } = nodePlatform;
  const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.constant('a'.repeat(55)));
  fc.assert(
    fc.property(text, fc.string({ maxLength: 100 }), (value, key) => {
      const bytes = new TextEncoder().encode(value);
      const keyBytes = new TextEncoder().encode(key);
      assert.equal(plainHashes.sha256Hex(value), hashes.sha256Hex(value));
      assert.equal(plainHashes.hmacSha1Base64(key, value), hashes.hmacSha1Base64(key, value));
      assert.equal(plainHashes.hmacSha256Hex(keyBytes, value), hashes.hmacSha256Hex(keyBytes, value));
      assert.deepEqual([...plainHashes.hmacSha256(key, value)], [...hashes.hmacSha256(key, value)]);
      assert.equal(plainHashes.md5Base64(bytes), hashes.md5Base64(bytes));
      assert.equal(plainHashes.md5Hex(bytes), hashes.md5Hex(bytes));
      assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
    }),
  );
});
