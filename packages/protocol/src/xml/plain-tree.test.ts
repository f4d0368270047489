import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsePlain } from './plain-tree.ts';
import { parseXml, type XmlNode } from './tree.ts';

const limits = { depth: 4, elements: 12 };

/** A comment is nothing that the short way takes. */
function wholly(document: string): XmlNode | undefined {
  try {
    return parseXml(`<!---->${document}`, limits);
  } catch {
    return undefined;
  }
}

const piece = fc.constantFrom(
  ...[
    '<a>',
    '</a>',
    '<b>',
    '</b>',
    '<a/>',
    '<b />',
    '</a >',
    '</a/>',
    '< a>',
    '<a xmlns="x">',
    '<a xmlns="x"/>',
    '<a b="c">',
  ],
  ...[
    '</a xmlns="x">',
    '<a xmlns="<">',
    '<n:a>',
    '</n:a>',
    '<',
    '>',
    '&',
    '&amp;',
    '&lt;',
    '&gt;',
    '&quot;',
    '&apos;',
    '&#65;',
  ],
  ...[
    '&amp',
    '&AMP;',
    '&nbsp;',
    'text',
    ' ',
    '\n',
    '\r\n',
    '\t',
    ']]>',
    ']]',
    '<![CDATA[<]]>',
    '<!--x-->',
    '<?p?>',
    '\u0001',
  ],
  ...['\u{1f600}', '\ud800', '\u00e9', '\ufffe', '\ufeff', '<!DOCTYPE a>', '"', "'", '<1>', '<-a>'],
);

test('what the short way takes, the whole parser reads as the same', () => {
  const inside = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
  const document = fc.oneof(
    inside,
    inside.map((text) => `<a>${text}</a>`),
    inside.map((text) => `<a><b>${text}</b></a>`),
  );
  fc.assert(
    fc.property(document, (text) => {
      const plain = parsePlain(text, limits);
      if (plain !== undefined) assert.deepEqual(plain, wholly(text));
    }),
    { numRuns: 5_000 },
  );
});

test('the short way takes what clients send', () => {
  const body = '<MessageBody>{&quot;a&quot;: 1} &lt; 好</MessageBody>';
  for (const prolog of ['', '<?xml version="1.0" ?>\n', '<?xml version="1.0" encoding="utf-8"?>']) {
    const root = parsePlain(`${prolog}<Message xmlns="http://x/">\n  ${body}<Priority/>\n</Message>\n`, limits);
    assert.deepEqual(root?.children, [
      { name: 'MessageBody', text: '{"a": 1} < 好', children: [] },
      { name: 'Priority', text: '', children: [] },
    ]);
  }
});

test('the short way leaves what is too deep or too much to the parser that says so', () => {
  const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth);
  assert.ok(parsePlain(nested(4), limits));
  assert.equal(parsePlain(nested(5), limits), undefined);
  assert.throws(() => parseXml(nested(5), limits), /nested more than 4 deep/);
  assert.throws(() => parseXml(`<a>${'<b/>'.repeat(12)}</a>`, limits), /more than 12 elements/);
});
