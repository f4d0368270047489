import assert from 'node:assert/strict';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { ResumableMd5 } from './resumable-md5.ts';

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex').toUpperCase();

describe('an MD5 that is put away and taken up again', () => {
  for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000]) {
    it(`is that of ${length} bytes, put away after each`, () => {
      const bytes = randomBytes(length);
      let digest = new ResumableMd5();
      for (let at = 0; at < length; at++) digest = new ResumableMd5(digest.update(bytes.subarray(at, at + 1)).save());
      assert.equal(digest.digest(), md5(bytes));
    });
  }

  it('is that of bytes that come in pieces of any size', () => {
    const bytes = randomBytes(500_000);
    let digest = new ResumableMd5();
    for (let at = 0; at < bytes.length; ) {
      const length = randomInt(1, 20_000);
      digest = new ResumableMd5(digest.update(bytes.subarray(at, at + length)).save());
      at += length;
    }
    assert.equal(digest.digest(), md5(bytes));
    assert.equal(digest.digest(), md5(bytes), 'asking changed it');
  });
});
