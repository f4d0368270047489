import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { CsvFormat, JsonFormat, SelectOutput, SelectQuery } from '../../domain/ports/select-engine.ts';
import { countRows, runQuery } from './run-query.ts';

const csv: CsvFormat = {
  kind: 'csv',
  header: 'none',
  recordDelimiter: undefined,
  fieldDelimiter: ',',
  quote: '"',
  comment: undefined,
  quotedDelimiters: true,
};
const named: CsvFormat = { ...csv, header: 'use' };
const lines: JsonFormat = { kind: 'json', type: 'lines', numbersAsText: false };
const document: JsonFormat = { ...lines, type: 'document' };
const output: SelectOutput = {
  recordDelimiter: '\n',
  fieldDelimiter: ',',
  quote: '"',
  keepAllColumns: false,
  header: false,
};

interface Changes extends Partial<Omit<SelectQuery, 'statement' | 'output'>> {
  output?: Partial<SelectOutput>;
  /** How many bytes come at once. */
  chunk?: number;
}

/** The rows that come out, and why no more, if there is a fault. */
function select(statement: string, object: string | Uint8Array, changes: Changes = {}) {
  const { chunk = 3, output: out, ...query } = changes;
  const source = sourceOf(object, chunk);
  const written: string[] = [];
  const sink = { rows: (text: string) => written.push(text), tick: () => {} };
  const whole: SelectQuery = {
    statement,
    input: csv,
    compression: 'none',
    output: { ...output, ...out },
    skipPartial: false,
    maxSkipped: 0,
    ...query,
  };
  let fault: string | undefined;
  try {
    runQuery(whole, source, sink);
  } catch (error) {
    assert.equal(error instanceof Error && error.name, 'SelectFault', String(error));
    fault = error instanceof Error ? error.message : '';
  }
  return { rows: written.join(''), fault, taken: source.taken };
}

function sourceOf(object: string | Uint8Array, chunk: number) {
  const bytes = Buffer.from(object);
  return {
    taken: 0,
    read() {
      if (this.taken >= bytes.length) return undefined;
      const next = bytes.subarray(this.taken, this.taken + chunk);
      this.taken += next.length;
      return next;
    },
  };
}

const rows = (statement: string, object: string, changes?: Changes): string => {
  const { rows: written, fault } = select(statement, object, changes);
  assert.equal(fault, undefined);
  return written;
};

test('any CSV comes back as it is, however its bytes are cut', () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', '陈', ' ', "'", ';') });
  const table = fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 6 });
  const quoted = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  fc.assert(
    fc.property(table, fc.integer({ min: 1, max: 9 }), (fields, chunk) => {
      const kept = fields.filter((row) => row.length > 1 || row[0] !== '');
      const object = kept.map((row) => `${row.map(quoted).join(',')}\n`).join('');
      assert.equal(rows('select * from ossobject', object, { chunk }), object);
    }),
  );
});

test('any JSON comes back as it is, however its bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.integer({ min: 1, max: 9 }), (values, chunk) => {
      const expected = values.map((value) => `${JSON.stringify(value)}\n`).join('');
      const pretty = values.map((value) => JSON.stringify(value, null, 2)).join(' \n');
      assert.equal(rows('select * from ossobject', pretty, { input: lines, chunk }), expected);
      const inside = JSON.stringify({ before: values, list: values }, null, 1);
      assert.equal(rows('select * from ossobject.list[*]', inside, { input: document, chunk }), expected);
    }),
  );
});

test('text compares as what it is compared with', () => {
  const object = 'a,9,2018-08-09 11:30:25\nb,10,2018-08-09T03:30:26Z\nc,,\n';
  assert.equal(rows('select _1 from ossobject where _2 > 9', object), 'b\n');
  assert.equal(rows("select _1 from ossobject where _2 > '9'", object), '');
  assert.equal(rows('select _1 from ossobject where _2 = 9.0', object), 'a\n');
  assert.equal(rows('select _1 from ossobject where _2 + 1 in (10, 12)', object), 'a\n');
  assert.equal(rows("select _1 from ossobject where _2 not in ('9')", object), 'b\nc\n');
  assert.equal(
    rows("select _1 from ossobject where cast(_3 as timestamp) > '2018-08-09 03:30:25.5'", object),
    'a\nb\n',
  );
  assert.equal(rows("select _1 from ossobject where _1 like 'A%' or _1 like '_' and _2 = ''", object), 'c\n');
  assert.equal(rows("select _1 from ossobject where not _1 between 'a' and 'b'", object), 'c\n');
  assert.equal(
    rows("select _1 from ossobject where _4 is null and _3 is not null and _1 like '#%' escape '#'", object),
    '',
  );
});

test('aggregates pass over what is empty and keep whole numbers whole', () => {
  const object = 'n\n9007199254740993\n\n""\n2\n';
  const sql = 'select sum(n), avg(cast(n as double)), max(cast(n as int)), count(n), count(*), min(n) from ossobject';
  assert.equal(rows(sql, object, { input: named }), '9007199254740995,4503599627370497,9007199254740993,3,3,\n');
  assert.equal(rows('select sum(n) from ossobject', 'n\n0.1\n0.2\n', { input: named }), `${0.1 + 0.2}\n`);
  assert.equal(rows('select sum(n), count(*) from ossobject', 'n\n', { input: named }), ',0\n');
});

test('numbers that a double would change keep their digits', () => {
  const object = '{"a":12345678901234567890123,"b":123456789.123456789,"c":"\\u00e9","d":1}';
  const { rows: written } = select('select * from ossobject', object, { input: document });
  assert.equal(written, `${object.replace('\\u00e9', 'é')}\n`);
  const asText = { ...document, numbersAsText: true };
  const sql = "select b, d from ossobject where d = '1' and cast(b as decimal) > 123456789";
  assert.equal(rows(sql, object, { input: asText }), '{"b":123456789.123456789,"d":1}\n');
});

test('rows before a fault come out, and it says which row and what to change', () => {
  const spoiled = select('select cast(_1 as int) from ossobject', '1\n2\nx\n4\n');
  assert.equal(spoiled.rows, '1\n2\n');
  assert.match(spoiled.fault ?? '', /Row 3 .*"x" is not a number.*MaxSkippedRecordsAllowed is 0/);
  assert.equal(rows('select cast(_1 as int) from ossobject', '1\n2\nx\n4\n', { maxSkipped: 1 }), '1\n2\n4\n');
  const open = select('select _1 from ossobject', 'a\n"b\n');
  assert.equal(open.rows, 'a\n');
  assert.match(open.fault ?? '', /byte 2 .*never closed/);
  const cut = select('select * from ossobject', '{"a":1}\n{"a":', { input: lines });
  assert.equal(cut.rows, '{"a":1}\n');
  assert.match(cut.fault ?? '', /not complete/);
});

test('LIMIT stops reading', () => {
  const { rows: written, taken } = select('select _1 from ossobject where _1 > 2 limit 2', '1\n2\n3\n4\n5\n6\n7\n8\n');
  assert.equal(written, '3\n4\n');
  assert.ok(taken < 12);
  assert.equal(rows('select _1 from ossobject limit 0', '1\n'), '');
});

test('GZIP of several members is read, and anything else is refused', () => {
  const members = Buffer.concat([gzipSync('a,b\n'), gzipSync('c,d\n')]);
  assert.equal(select('select _2 from ossobject', members, { compression: 'gzip' }).rows, 'b\nd\n');
  for (const broken of [Buffer.from('a,b\n'), members.subarray(0, 20), Buffer.alloc(0)]) {
    assert.match(select('select _2 from ossobject', broken, { compression: 'gzip' }).fault ?? '', /GZIP/);
  }
});

test('a row or value without end is refused before it fills the memory', () => {
  const long = Buffer.alloc(20 * 1024 * 1024, 'x');
  assert.match(select('select _1 from ossobject', long, { chunk: 65_536 }).fault ?? '', /longer than/);
  const value = Buffer.concat([Buffer.from('["'), long]);
  assert.match(select('select * from ossobject', value, { input: lines, chunk: 65_536 }).fault ?? '', /longer than/);
  const deep = '['.repeat(100_000);
  assert.match(select('select * from ossobject', deep, { input: lines, chunk: 65_536 }).fault ?? '', /deep/);
});

test('no text, however odd, makes anything but a query or a refusal', () => {
  const words = fc.constantFrom(
    ...[
      'select',
      'from',
      'ossobject',
      'where',
      '*',
      '_1',
      '(',
      ')',
      ',',
      "'",
      '"',
      '=',
      'and',
      'not',
      'cast(',
      'as int',
    ],
    ...['count(', '[*]', '.', '1', '--', '/*', ';', 'limit', 'like', 'in', 'between', '\u0000', '陈', '::', '$1', '||'],
  );
  const statement = fc.oneof(
    fc.array(words).map((list) => list.join(' ')),
    fc.string(),
  );
  fc.assert(
    fc.property(statement, fc.constantFrom(csv, lines), (text, input) => {
      select(text, '1\n2\n', { input });
    }),
    { numRuns: 500 },
  );
});

test('no object, however odd, makes anything but rows or a refusal', () => {
  const odd = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string().map((text) => Buffer.from(text)),
  );
  const inputs = fc.constantFrom<SelectQuery['input'][]>(csv, named, lines, document);
  fc.assert(
    fc.property(odd, inputs, fc.constantFrom('none' as const, 'gzip' as const), (object, input, compression) => {
      select('select * from ossobject', object, { input, compression, chunk: 7 });
      try {
        countRows({ input }, sourceOf(object, 7), { tick: () => {} });
      } catch (error) {
        assert.equal(error instanceof Error && error.name, 'SelectFault');
      }
    }),
    { numRuns: 500 },
  );
});
