import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRoutingRule, folderPage, type RoutingRule, routedKey } from './website.ts';

const redirect = (more: Partial<RoutingRule['redirect']> = {}): NonNullable<RoutingRule['redirect']> => ({
  type: 'External',
  mirror: {},
  ...more,
});

test('a name that ends as a folder is a page: of the folder, or of the root', () => {
  assert.equal(folderPage({ index: { suffix: 'i.html' } }, ''), 'i.html');
  assert.equal(folderPage({ index: { suffix: 'i.html' } }, 'a/b/'), 'i.html');
  assert.equal(folderPage({ index: { suffix: 'i.html', subfolders: true } }, 'a/b/'), 'a/b/i.html');
  assert.equal(folderPage({ index: { suffix: 'i.html' } }, 'a'), undefined);
  assert.equal(folderPage({}, ''), undefined);
});

test('the first rule whose every condition holds is followed', () => {
  const rules: RoutingRule[] = [
    { number: 1, condition: { prefix: 'a/', headers: [{ name: 'X-A', equals: '1' }] }, redirect: redirect() },
    { number: 2, condition: { prefix: 'a/', suffix: '.txt', headers: [{ name: 'X-B' }] }, redirect: redirect() },
    { number: 3, condition: { status: 404, headers: [] }, redirect: redirect() },
  ];
  const find = (key: string, headers: Record<string, string> = {}, status?: number): number | undefined =>
    findRoutingRule(rules, { key, headers, ...(status !== undefined && { status }) })?.number;
  assert.equal(find('a/x', { 'x-a': '1' }), 1);
  assert.equal(find('a/x', { 'x-a': '2' }), undefined);
  assert.equal(find('a/x.txt', { 'x-b': 'anything' }), 2);
  assert.equal(find('a/x.txt'), undefined);
  assert.equal(find('b', {}, 404), 3);
  assert.equal(find('b', {}, 403), undefined);
  assert.equal(findRoutingRule([{ number: 1, redirect: redirect() }], { key: 'x', headers: {} })?.number, 1);
  assert.equal(findRoutingRule(undefined, { key: 'x', headers: {} }), undefined);
});

test('a rule replaces the key, its prefix, or nothing', () => {
  const condition = { prefix: 'old/', headers: [] };
  const key = (more: Partial<RoutingRule['redirect']>): string =>
    routedKey({ number: 1, condition, redirect: redirect(more) }, 'old/$&.txt');
  assert.equal(key({}), 'old/$&.txt');
  assert.equal(key({ replacePrefix: 'new/' }), 'new/$&.txt');
  assert.equal(key({ enableReplacePrefix: true }), '$&.txt');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the vendor's placeholder
  assert.equal(key({ replaceKey: 'x/${key}/y' }), 'x/old/$&.txt/y');
  assert.equal(key({ replaceKey: 'fixed' }), 'fixed');
});
