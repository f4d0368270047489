import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  bool,
  escapeXml,
  int,
  list,
  optional,
  parseXml,
  struct,
  text,
  time,
  word,
  XmlError,
  xmlDocument,
} from './index.ts';

const shelf = xmlDocument(
  'Shelf',
  struct({
    Name: text,
    Size: int,
    Open: bool,
    Made: time,
    Kind: word('Wood', 'Steel'),
    Note: optional(text),
    Book: list(struct({ Key: text, Pages: optional(int) })),
  }),
);

/** Text that XML 1.0 can carry. */
const xmlText = fc.string({ unit: 'binary' }).map((value) => value.replaceAll(/\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu, ''));

test('any value comes back from its document unchanged', () => {
  const value = fc.record(
    {
      Name: xmlText,
      Size: fc.maxSafeInteger().filter((n) => Math.abs(n) < 1e15),
      Open: fc.boolean(),
      Made: fc.integer({ min: 0, max: 4e9 }).map((seconds) => seconds * 1000),
      Kind: fc.constantFrom('Wood' as const, 'Steel' as const),
      Note: xmlText,
      Book: fc.array(fc.record({ Key: xmlText, Pages: fc.nat() }, { requiredKeys: ['Key'] })),
    },
    { requiredKeys: ['Name', 'Size', 'Open', 'Made', 'Kind', 'Book'] },
  );
  fc.assert(
    fc.property(value, (original) => {
      assert.deepEqual(shelf.decode(shelf.encode(original)), JSON.parse(JSON.stringify(original)));
    }),
  );
});

test('any string, however odd, leaves a well-formed document', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((n) => String.fromCharCode(n)) }), (odd) => {
      const node = parseXml(`<a>${escapeXml(odd)}</a>`);
      assert.equal(node.text.length, odd.length);
    }),
  );
});

test('line ends, quotes and markup inside text survive', () => {
  const odd = ' a\r\nb\tc ]]> <&> "\' ';
  assert.equal(parseXml(`<a>${escapeXml(odd)}</a>`).text, odd);
});

test('times are written in whole seconds', () => {
  assert.equal(time.write('t', Date.UTC(2025, 0, 2, 3, 4, 5, 999)), '<t>2025-01-02T03:04:05.000Z</t>');
});

test('control characters become U+FFFD', () => {
  assert.equal(escapeXml('a\u0000b\u001fc\ud800d'), 'a\ufffdb\ufffdc\ufffdd');
});

test('control characters of keys are refused, or kept where a document may hold keys', () => {
  const controls = Array.from({ length: 31 }, (_, index) => String.fromCharCode(index + 1)).filter(
    (c) => !'\t\n'.includes(c),
  );
  const references = controls.map((c) => `&#${c.charCodeAt(0)};&#x${c.charCodeAt(0).toString(16).toUpperCase()};`);
  for (const control of controls.filter((c) => c !== '\r'))
    assert.throws(() => parseXml(`<a>${control}</a>`), XmlError);
  const odd = `<a>\uf8ff${controls.join('')}\uf8ff\uf8ff${references.join('')}&amp;&#65;\r\n</a>`;
  const kept = controls.flatMap((c) => [c, c]).join('');
  assert.equal(parseXml(odd, { controls: true }).text, `\uf8ff${controls.join('')}\uf8ff\uf8ff${kept}&A\n`);
  for (const faulty of ['<a>&#0;</a>', '<a>\u0000</a>', '<\u0001a/>', '<a>&#32768000;</a>']) {
    assert.throws(() => parseXml(faulty, { controls: true }), XmlError, faulty);
  }
});

test('namespaces, prefixes, attributes, CDATA, comments and unknown elements are read past', () => {
  const document =
    '<?xml version="1.0"?><!-- c --><m:Shelf xmlns:m="urn:x" a="1"><Size> 3 </Size><Open>TRUE</Open><Odd><b/></Odd>' +
    '<Name><![CDATA[<x>]]>&amp;&#65;</Name><Kind>Wood</Kind><Made>2025-01-02T03:04:05Z</Made></m:Shelf>';
  assert.deepEqual(shelf.decode(document), {
    Name: '<x>&A',
    Size: 3,
    Open: true,
    Made: Date.UTC(2025, 0, 2, 3, 4, 5),
    Kind: 'Wood',
    Book: [],
  });
});

test('documents that do not fit the shape say which element to change', () => {
  const refuse = (document: string, message: RegExp): void => {
    assert.throws(
      () => shelf.decode(document),
      (error) => error instanceof XmlError && message.test(error.message),
    );
  };
  refuse('<Other/>', /root element must be Shelf/);
  refuse('<Shelf></Shelf>', /Shelf>Name is missing/);
  refuse('<Shelf><Name>n</Name><Size>3x</Size></Shelf>', /Shelf>Size must be a whole number/);
  refuse('<Shelf><Name><b/></Name></Shelf>', /Shelf>Name must hold text only/);
  refuse('<Shelf><Name>n</Name><Size>1</Size><Open>yes</Open></Shelf>', /true or false/);
});

test('bombs and malformed documents are refused', () => {
  const bomb = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>';
  const external = '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>';
  const faulty = [
    '',
    '   ',
    'x',
    '<a>',
    '<a></b>',
    '<a/><b/>',
    '<a>&nope;</a>',
    '<a>\u0000</a>',
    '<a>&#0;</a>',
    bomb,
    external,
  ];
  for (const document of faulty) assert.throws(() => parseXml(document), XmlError, document);
});

test('depth, element count and length are bounded', () => {
  assert.throws(() => parseXml('<a>'.repeat(40) + '</a>'.repeat(40)), /nested more than 32 deep/);
  assert.throws(() => parseXml(`<a>${'<b/>'.repeat(20)}</a>`, { elements: 10 }), /more than 10 elements/);
  assert.throws(() => parseXml('<a>aaaaaaaa</a>', { length: 10 }), /longer than 10/);
  assert.doesNotThrow(() => parseXml(`<a>${'<b><c>1</c><d/></b>'.repeat(10_000)}</a>`));
});
