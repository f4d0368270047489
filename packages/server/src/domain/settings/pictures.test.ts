import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isProtected, styleOfKey } from './pictures.ts';

test('a style stands behind the last separator of a key', () => {
  assert.deepEqual(styleOfKey('a/b.jpg!small', ['!']), { key: 'a/b.jpg', style: 'small' });
  assert.deepEqual(styleOfKey('a-b.jpg-x_y', ['-', '_']), { key: 'a-b.jpg-x', style: 'y' });
  assert.deepEqual(styleOfKey('a.jpg/thumb', ['/']), { key: 'a.jpg', style: 'thumb' });
  for (const key of ['a.jpg', '!small', 'a.jpg!', '']) assert.equal(styleOfKey(key, ['!']), undefined, key);
  assert.equal(styleOfKey('a.jpg!small', []), undefined);
});

test('sources are protected by the suffix of their key, in any case', () => {
  const setting = { delimiters: [], protectedSuffixes: ['jpg', '.png'] };
  assert.ok(isProtected('a/B.JPG', setting) && isProtected('c.png', setting));
  assert.ok(!isProtected('ajpg', setting) && !isProtected('a.gif', setting));
  assert.ok(isProtected('anything', { delimiters: [], protectedSuffixes: ['*'] }));
  assert.ok(!isProtected('a.jpg', { delimiters: ['!'] }));
});
