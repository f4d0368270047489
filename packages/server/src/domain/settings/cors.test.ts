import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CorsRule, findCorsRule } from './cors.ts';

const rule = (origins: string[], methods: string[], headers: string[] = []): CorsRule => ({
  origins,
  methods,
  headers,
  exposed: [],
});
const find = (rules: CorsRule[], origin: string, method = 'GET', headers: string[] = []) =>
  findCorsRule(rules, { origin, method, headers });

test('the first rule that fits origin, method and every header decides', () => {
  const rules = [
    rule(['http://a.example.com'], ['PUT']),
    rule(['http://*.example.com'], ['GET', 'PUT'], ['x-oss-*', 'ETag']),
    rule(['*'], ['GET'], ['*']),
  ];
  assert.equal(find(rules, 'http://a.example.com', 'PUT')?.rule, rules[0]);
  assert.equal(find(rules, 'http://a.example.com', 'PUT', ['X-Oss-Meta-A', 'etag'])?.rule, rules[1]);
  assert.equal(find(rules, 'http://a.example.com', 'GET', ['authorization'])?.rule, rules[2]);
  assert.equal(find(rules, 'http://a.example.com', 'PUT', ['authorization']), undefined);
  assert.equal(find(rules, 'http://example.org', 'PUT'), undefined);
});

test('the answer names the origin, unless the rule is for all of them', () => {
  assert.equal(find([rule(['http://*'], ['GET'])], 'http://x')?.origin, 'http://x');
  assert.equal(find([rule(['*'], ['GET'])], 'http://x')?.origin, '*');
});

test('a star stands for something between the parts around it, which do not overlap', () => {
  assert.equal(find([rule(['http://a*a'], ['GET'])], 'http://a'), undefined);
  assert.ok(find([rule(['http://a*a'], ['GET'])], 'http://aa'));
  assert.equal(find([rule(['http://?'], ['GET'])], 'http://x'), undefined);
});
