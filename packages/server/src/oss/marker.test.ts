import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readMarker, spellMarker } from './marker.ts';

test('a marker that XML can hold is the name itself', () => {
  for (const name of ['', 'a', 'a b+c', '文/\t\r\n', '\ufffd', '\ufffdYQ', '\ufffdAWN0bA==', 'a\ufffd\u{1f600}']) {
    assert.equal(spellMarker(name, undefined), name);
    assert.equal(readMarker(name), name);
  }
  assert.equal(spellMarker('a \u0001', 'url'), 'a%20%01');
});

test('any other comes back as the name it was', () => {
  const character = fc.constantFrom('a', '/', '\u0000', '\u0001', '\u001f', '\ufffd', '\uffff', 'é', '\u{1f600}');
  fc.assert(
    fc.property(fc.string({ unit: character, maxLength: 8 }), (name) => {
      const marker = spellMarker(name, undefined);
      assert.equal(readMarker(marker), name);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be left
      assert.doesNotMatch(marker, /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
    }),
  );
});
