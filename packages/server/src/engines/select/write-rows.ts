import type { SelectOutput } from '../../domain/ports/select-engine.ts';
import type { Output, Plan, Reference } from './compile-statement.ts';
import type { SqlValue } from './values.ts';

/** How a row of the answer is written, given the row it comes from and what SQLite computed of it. */
export interface RowWriter<Row> {
  header(names: readonly string[]): string;
  row(row: Row, values: readonly SqlValue[]): string;
}

/** An ASCII character, as it may stand in a class of a regular expression. */
const inPattern = (character: string): string => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;

function plainText(value: SqlValue | undefined, kind: Extract<Output, { type: 'value' }>['kind']): string {
  if (value === null || value === undefined) return '';
  return kind === 'bool' ? String(value !== 0n && value !== 0) : String(value);
}

/** Rows of fields, quoted where they have to be. */
export function csvWriter(plan: Plan, output: SelectOutput): RowWriter<readonly string[]> {
  const { recordDelimiter, fieldDelimiter, quote, keepAllColumns } = output;
  const special = new Set([...recordDelimiter, fieldDelimiter, quote, '\r', '\n']);
  const needsQuotes = new RegExp(`[${[...special].map(inPattern).join('')}]`);
  const write = (fields: readonly string[]): string =>
    fields
      .map((field) => (needsQuotes.test(field) ? `${quote}${field.replaceAll(quote, quote + quote)}${quote}` : field))
      .join(fieldDelimiter) + recordDelimiter;
  const fieldOf = (column: number): number => {
    const reference = plan.columns[column] as Reference;
    return 'field' in reference ? reference.field : -1;
  };
  const { outputs } = plan;
  if (keepAllColumns && outputs.every(({ type }) => type === 'column')) {
    const wanted = new Set(outputs.map((item) => (item.type === 'column' ? fieldOf(item.column) : -1)));
    return { header: write, row: (row) => write(row.map((field, index) => (wanted.has(index) ? field : ''))) };
  }
  return {
    header: write,
    row(row, values) {
      const fields: string[] = [];
      let computed = 0;
      for (const item of outputs) {
        if (item.type === 'row') fields.push(...row);
        else if (item.type === 'column') fields.push(row[fieldOf(item.column)] ?? '');
        else fields.push(plainText(values[computed++], item.kind));
      }
      return write(fields);
    },
  };
}

/** JSON objects; what is not there has no member. `columnOf` gives a plain column's value. */
export function jsonWriter(
  plan: Plan,
  output: SelectOutput,
  columnOf: (row: unknown, column: number) => unknown,
): RowWriter<unknown> {
  const { outputs } = plan;
  const [only] = outputs;
  const whole = outputs.length === 1 && only?.type === 'row';
  return {
    header: () => '',
    row(row, values) {
      if (whole) return JSON.stringify(row) + output.recordDelimiter;
      const members: string[] = [];
      const add = (name: string, text: string | undefined): void => {
        if (text !== undefined) members.push(`${JSON.stringify(name)}:${text}`);
      };
      let computed = 0;
      for (const item of outputs) {
        if (item.type === 'row') {
          const entries = typeof row === 'object' && row !== null && !Array.isArray(row) ? Object.entries(row) : [];
          for (const [name, value] of entries) add(name, JSON.stringify(value));
        } else if (item.type === 'column') {
          add(item.name, JSON.stringify(columnOf(row, item.column)));
        } else {
          add(item.name, jsonText(values[computed++] ?? null, item.kind));
        }
      }
      return `{${members.join(',')}}${output.recordDelimiter}`;
    },
  };
}

function jsonText(value: SqlValue, kind: Extract<Output, { type: 'value' }>['kind']): string {
  if (value === null) return 'null';
  if (kind === 'bool') return plainText(value, kind);
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
