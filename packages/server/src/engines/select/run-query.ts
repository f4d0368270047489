import Database from 'better-sqlite3';
import type { CountQuery, CsvFormat, RowCounts, SelectQuery, SelectRange } from '../../domain/ports/select-engine.ts';
import { type ByteSource, GunzipSource } from './byte-source.ts';
import { compileStatement, type Plan, type Reference, rootOf } from './compile-statement.ts';
import { CsvRows } from './csv-rows.ts';
import { resolve } from './json-path.ts';
import { jsonRows } from './json-values.ts';
import { type ParsedStatement, parseStatement } from './parse-statement.ts';
import { dataFault, SelectFault, statementFault } from './select-fault.ts';
import { Conversions, registerFunctions, type SqlValue, sqlValue } from './values.ts';
import { csvWriter, jsonWriter, type RowWriter } from './write-rows.ts';

/** Where what comes out of a query goes. */
export interface Sink {
  rows(text: string): void;
  /** Called for each row that is read, so that a long search can say that it goes on. */
  tick(): void;
}

/** The rows of a split begin within so many bytes of the object, uncompressed: splits need not be stored to be the same again. */
const SPLIT_BYTES = 4 * 1024 * 1024;

/** A row before anybody has looked into it. */
interface Input<Row> {
  row: Row;
  start: number;
}

/** How one format is read and written. */
interface Reader<Row> {
  plan: Plan;
  rows: Iterable<Input<Row>>;
  /** Undefined where the row has no such column. */
  column(row: Row, reference: Reference): unknown;
  writer: RowWriter<Row>;
  names: readonly string[];
}

/** Evaluates a statement row by row. What it throws besides `SelectFault` is a defect. */
export function runQuery(query: SelectQuery, source: ByteSource, sink: Sink): void {
  // Before the first byte: a statement that makes no sense needs none.
  const statement = parseStatement(query.statement);
  const bytes = query.compression === 'gzip' ? new GunzipSource(source) : source;
  if (query.input.kind === 'csv') runOver(openCsv(query, query.input, statement, bytes), query, sink);
  else runOver(openJson(query, statement, bytes), query, sink);
}

export function countRows({ input }: CountQuery, source: ByteSource, sink: Pick<Sink, 'tick'>): RowCounts {
  let rows = 0;
  let columns = 0;
  let splits = 0;
  const count = (start: number): void => {
    rows += 1;
    splits = Math.floor(start / SPLIT_BYTES) + 1;
    sink.tick();
  };
  if (input.kind === 'json') {
    for (const { start } of jsonRows(source, input, [])) count(start);
    return { rows, columns, splits };
  }
  const csv = new CsvRows(source, input);
  for (let row = csv.next(); row; row = csv.next()) {
    if (rows === 0) columns = row.fields.length;
    count(row.start);
  }
  return { rows, columns, splits };
}

function openCsv(
  query: SelectQuery,
  format: CsvFormat,
  statement: ParsedStatement,
  source: ByteSource,
): Reader<readonly string[]> {
  const { bytes, range } = query;
  const csv = new CsvRows(source, format, bytes?.offset ?? 0);
  const inside = bytes !== undefined && bytes.first > 0;
  if (inside) csv.skipRest();
  const header = format.header === 'none' || inside ? undefined : csv.next();
  const names = format.header === 'use' ? (header?.fields ?? []) : [];
  const byName = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    const key = name.trim().toLowerCase();
    if (!byName.has(key)) byName.set(key, index);
  }
  const plan = compileStatement(statement, {
    json: false,
    field: (name) => byName.get(name.toLowerCase()) ?? positional(name),
  });
  return {
    plan,
    rows: inRange(csvInputs(csv, bytes), range, header ? 1 : 0),
    column: (row, reference) => ('field' in reference ? row[reference.field] : undefined),
    writer: csvWriter(plan, query.output),
    names,
  };
}

/** `_1` is the first column. */
function positional(name: string): number | undefined {
  const number = /^_([1-9]\d{0,3})$/.exec(name)?.[1];
  return number === undefined ? undefined : Number(number) - 1;
}

function* csvInputs(csv: CsvRows, bytes: SelectQuery['bytes']): Generator<Input<readonly string[]>, void, undefined> {
  let any = false;
  for (let row = csv.next(); row && !(bytes && row.start > bytes.last); row = csv.next()) {
    any = true;
    yield { row: row.fields, start: row.start };
  }
  if (!any && bytes && bytes.first > 0) throw statementFault('No record begins within the bytes of the Range header.');
}

function openJson(query: SelectQuery, statement: ParsedStatement, source: ByteSource): Reader<unknown> {
  if (query.input.kind !== 'json') throw new TypeError('Not a query over JSON');
  const plan = compileStatement(statement, { json: true, field: () => undefined });
  const { root } = rootOf(statement);
  const column = (row: unknown, reference: Reference): unknown =>
    'path' in reference ? resolve(row, reference.path) : undefined;
  return {
    plan,
    rows: inRange(jsonInputs(jsonRows(source, query.input, root)), query.range, 0),
    column,
    writer: jsonWriter(plan, query.output, (row, index) => column(row, plan.columns[index] as Reference)),
    names: [],
  };
}

function* jsonInputs(rows: ReturnType<typeof jsonRows>): Generator<Input<unknown>, void, undefined> {
  for (const { value, start } of rows) yield { row: value, start };
}

/** The rows of a range, of which `before` have been read already. */
function* inRange<Row>(
  inputs: Generator<Input<Row>, void, undefined>,
  range: SelectRange | undefined,
  before: number,
): Generator<Input<Row>, void, undefined> {
  if (!range) return yield* inputs;
  let line = before;
  for (const input of inputs) {
    const place = range.unit === 'line' ? line : Math.floor(input.start / SPLIT_BYTES);
    if (place > range.last) return;
    if (place >= range.first) yield input;
    line += 1;
  }
}

function runOver<Row>(reader: Reader<Row>, query: SelectQuery, sink: Sink): void {
  const { plan, writer } = reader;
  const numbersAsText = query.input.kind === 'json' && query.input.numbersAsText;
  let mismatch: string | undefined;
  const conversions = new Conversions((value, type) => {
    mismatch ??= `${JSON.stringify(value.slice(0, 80))} is not ${type}`;
  });
  let skipped = 0;
  const skip = (number: number, why: string): void => {
    skipped += 1;
    if (skipped <= query.maxSkipped) return;
    throw dataFault(`Row ${number} had to be skipped (${why}), and MaxSkippedRecordsAllowed is ${query.maxSkipped}.`);
  };
  /** The row that SQLite is at: it asks for no other before it has done with this one. */
  let current: Row | undefined;
  function* rows(): Generator<SqlValue[], void, undefined> {
    let number = 0;
    for (const { row } of reader.rows) {
      number += 1;
      sink.tick();
      const values = plan.columns.map((reference) => reader.column(row, reference));
      if (query.skipPartial && values.includes(undefined)) {
        skip(number, 'a column is missing');
        continue;
      }
      current = row;
      mismatch = undefined;
      yield values.length === 0 ? [null] : values.map((value) => sqlValue(value, numbersAsText, conversions));
      if (mismatch !== undefined) skip(number, mismatch);
    }
    mismatch = undefined;
  }
  const columns = plan.columns.length === 0 ? ['c0'] : plan.columns.map((_, index) => `c${index}`);
  const database = openDatabase(conversions, columns, rows);
  try {
    if (query.output.header) sink.rows(writer.header(headerOf(reader)));
    if (plan.limit === 0) return;
    const statement = prepare(database, plan.sql);
    let written = 0;
    const parameters = Object.fromEntries(plan.parameters.map((text, index) => [`p${index}`, text]));
    for (const values of statement.iterate(parameters)) {
      // Its type shows only now, in what is selected; going on counts it as skipped.
      if (mismatch !== undefined && !plan.aggregate) continue;
      if (mismatch !== undefined) throw dataFault(`The result cannot be computed: ${mismatch}.`);
      sink.rows(writer.row(current as Row, values as SqlValue[]));
      written += 1;
      if (written >= plan.limit) break;
    }
  } finally {
    database.close();
  }
}

function headerOf<Row>({ plan, names }: Reader<Row>): string[] {
  return plan.outputs.flatMap((item) => (item.type === 'row' ? names : [item.name]));
}

/** A database with nothing in it but a table that is fed as it is read. */
function openDatabase(
  conversions: Conversions,
  columns: string[],
  rows: () => Generator<SqlValue[], void, undefined>,
): Database.Database {
  const database = new Database(':memory:');
  database.pragma('case_sensitive_like = ON');
  database.pragma('trusted_schema = OFF');
  database.defaultSafeIntegers(true);
  registerFunctions(database, conversions);
  database.table('input', { columns, safeIntegers: true, rows });
  return database;
}

function prepare(database: Database.Database, sql: string): Database.Statement<unknown[], unknown> {
  try {
    return database.prepare(sql).raw(true);
  } catch (error) {
    // What is left for SQLite to refuse is size: depth of an expression, number of columns.
    const what = error instanceof Error ? error.message : String(error);
    throw error instanceof SelectFault ? error : statementFault(`The statement is too complex: ${what}.`);
  }
}
