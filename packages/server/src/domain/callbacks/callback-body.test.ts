// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates under test are written so
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fillForm, fillJson, variablesOf } from './callback-body.ts';

test('finds the variables of a template', () => {
  assert.deepEqual([...variablesOf('a=${object}&b=${x:mine}${object}&c=$d')], ['object', 'x:mine']);
});

test('writes values into a form URL-encoded, and unknown ones as nothing', () => {
  assert.equal(
    fillForm('o=${object}&s=${size}&n=${none}', { object: 'a b/文&', size: 5 }),
    'o=a%20b%2F%E6%96%87%26&s=5&n=',
  );
});

test('writes values into JSON so that any text survives, as a value of its own or inside a string', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(), (text, size) => {
      const filled = fillJson('{"a":${t},"b":"<${t}\\"${t}>","c":${n},"d":["${n}",${none}]}', { t: text, n: size });
      assert.deepEqual(JSON.parse(filled ?? ''), {
        a: text,
        b: `<${text}"${text}>`,
        c: size,
        d: [String(size), ''],
      });
    }),
  );
});

test('gives nothing where a template is no JSON', () => {
  assert.equal(fillJson('{"a":${t}', { t: 'x' }), undefined);
  assert.equal(fillJson('a=${t}', { t: 'x' }), undefined);
});
