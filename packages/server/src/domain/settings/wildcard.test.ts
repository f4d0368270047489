import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fitsPattern } from './wildcard.ts';

test('a star stands for any run and a question mark for one character', () => {
  for (const [pattern, text] of [
    ['', ''],
    ['*', ''],
    ['*', 'anything'],
    ['a*c', 'ac'],
    ['a*c', 'abcbc'],
    ['*.example.com', 'img.example.com'],
    ['a?c*', 'abcd'],
    ['**b*', 'ab'],
    ['.+(x)', '.+(x)'],
  ] as const) {
    assert.ok(fitsPattern(pattern, text), `${pattern} ${text}`);
  }
  for (const [pattern, text] of [
    ['', 'a'],
    ['a', ''],
    ['?', ''],
    ['a*c', 'acb'],
    ['*.example.com', 'example.com'],
    ['a?c', 'ac'],
    ['.', 'a'],
  ] as const) {
    assert.ok(!fitsPattern(pattern, text), `${pattern} ${text}`);
  }
});

test('agrees with a regular expression on any pattern', () => {
  const letters = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 8 }).map((list) => list.join(''));
  const text = fc.array(fc.constantFrom('a', 'b'), { maxLength: 10 }).map((list) => list.join(''));
  fc.assert(
    fc.property(letters, text, (pattern, value) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
      assert.equal(fitsPattern(pattern, value), expression.test(value));
    }),
  );
});

test('takes no time to speak of for a pattern made to take long', () => {
  const started = performance.now();
  fitsPattern(`${'*a'.repeat(500)}b`, 'a'.repeat(4000));
  assert.ok(performance.now() - started < 1000);
});
