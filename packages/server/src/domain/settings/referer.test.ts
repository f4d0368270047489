import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultReferer, type RefererSetting, refererMayRead } from './referer.ts';

const may = (setting: Partial<RefererSetting>, referer: string): boolean =>
  refererMayRead({ ...defaultReferer, ...setting }, referer);

test('by default every page may', () => {
  assert.ok(may({}, ''));
  assert.ok(may({}, 'http://anything.example.com/'));
});

test('an empty referer is refused only where there is a list and it says so', () => {
  assert.ok(may({ allowEmpty: false }, ''));
  assert.ok(!may({ allowEmpty: false, allowed: ['http://a'] }, ''));
  assert.ok(may({ allowEmpty: true, allowed: ['http://a'], refused: ['*'] }, ''));
});

test('entries are beginnings, whatever the capitals, and a refusal outweighs an allowance', () => {
  const setting = { allowed: ['http://www.example.com', 'https://*.example.org/?/'], refused: ['*/secret'] };
  assert.ok(may(setting, 'http://WWW.example.com/page'));
  assert.ok(may(setting, 'https://a.b.example.org/1/x'));
  assert.ok(!may(setting, 'https://a.b.example.org/12/x'));
  assert.ok(!may(setting, 'see http://www.example.com'));
  assert.ok(!may(setting, 'http://www.example.com/secret/page'));
});

test('query and path count as the setting says', () => {
  const refused = ['*evil'];
  assert.ok(may({ refused }, 'http://a/?evil'));
  assert.ok(!may({ refused, truncateQuery: false }, 'http://a/?evil'));
  assert.ok(!may({ refused }, 'http://a/evil'));
  assert.ok(may({ refused, truncatePath: true }, 'http://a/evil'));
  assert.ok(may({ allowed: ['http://a/'], truncatePath: true }, 'http://a'));
  assert.ok(!may({ allowed: ['http://a/'], truncatePath: true }, 'http://a.b/http://a/'));
});
