import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forbidsOverwrite, type OverwriteRule } from './overwrite.ts';

const rule = (fields: Partial<OverwriteRule>): OverwriteRule => ({
  id: '1',
  prefix: '',
  suffix: '',
  principals: [],
  ...fields,
});

test('a rule holds for keys with its beginning and end, and for those it names', () => {
  const rules = [rule({ prefix: 'a/', suffix: '.txt' }), rule({ prefix: 'b/', principals: ['42', '43'] })];
  assert.ok(forbidsOverwrite(rules, 'a/x.txt', ['1']));
  assert.ok(forbidsOverwrite(rules, 'a/x.txt', []));
  assert.ok(!forbidsOverwrite(rules, 'a/x.png', ['1']));
  assert.ok(forbidsOverwrite(rules, 'b/x', ['43']));
  assert.ok(!forbidsOverwrite(rules, 'b/x', ['1']));
  assert.ok(!forbidsOverwrite(rules, 'b/x', []));
  assert.ok(forbidsOverwrite([rule({ principals: ['*'] })], 'x', []));
  assert.ok(!forbidsOverwrite(undefined, 'x', ['1']));
});
