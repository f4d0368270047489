import type { Awaitable } from '../../domain/ports/record-store.ts';
import { type Steps, wait } from './steps.ts';

/**
 * Ranges of names in UTF-8 byte order, which is that of code points. Bounds are text themselves, as PostgreSQL takes
 * nothing else where it compares with text.
 */

const LAST_CODE_POINT = 0x10ffff;
const BEFORE_SURROGATES = 0xd7ff;
const AFTER_SURROGATES = 0xe000;

/** Greater than every name: longer than the 1,023 bytes that one may have, and of nothing but the last code point. */
const afterAllNames = String.fromCodePoint(LAST_CODE_POINT).repeat(256);

/** The first text that sorts after everything starting with `prefix`. */
export function endOfPrefix(prefix: string): string {
  const letters = [...prefix];
  for (let last = letters.pop(); last !== undefined; last = letters.pop()) {
    const code = last.codePointAt(0) ?? 0;
    if (code === LAST_CODE_POINT) continue;
    const next = code === BEFORE_SURROGATES ? AFTER_SURROGATES : code + 1;
    return letters.join('') + String.fromCodePoint(next);
  }
  return afterAllNames;
}

/** The first text that sorts after `key`. */
export const successor = (key: string): string => `${key}\0`;

/** Whether one text comes before another in the order of their bytes. */
export const isBefore = (one: string, other: string): boolean =>
  Buffer.compare(Buffer.from(one, 'utf8'), Buffer.from(other, 'utf8')) < 0;

/** Names starting with `prefix` and strictly after `after`: from the first bound, included, to the second, excluded. */
export function namesAfter(prefix: string, after: string): [from: string, until: string] {
  const next = successor(after);
  return [isBefore(prefix, next) ? next : prefix, endOfPrefix(prefix)];
}

/** The common prefix that `key` is folded into: up to and with the first delimiter after `prefix`. */
export function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '' || !key.startsWith(prefix)) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/** Rows in key order, as a page reads them. A cursor says where to go on. */
export interface KeyedRows<Row, Cursor> {
  keyOf(row: Row): string;
  /** Just before the first key that is not less than this. */
  at(key: string): Cursor;
  after(row: Row): Cursor;
  read(cursor: Cursor, limit: number): Awaitable<Row[]>;
}

const FIRST_READ = 16;
const LARGEST_READ = 256;

/**
 * One page of rows and common prefixes. A common prefix costs one seek past its end, however many keys share it. Each read
 * asks for twice as many rows as the one before gave entries, so that rows read and thrown away stay in proportion.
 */
export function* readPage<Row, Cursor>(
  rows: KeyedRows<Row, Cursor>,
  start: Cursor,
  query: { prefix: string; delimiter: string; limit: number },
): Steps<{ entries: ({ row: Row } | { prefix: string })[]; truncated: boolean }> {
  const { prefix, delimiter, limit } = query;
  const entries: ({ row: Row } | { prefix: string })[] = [];
  if (limit <= 0) return { entries, truncated: false };
  let cursor = start;
  let size = delimiter === '' ? limit + 1 : FIRST_READ;
  for (;;) {
    const read = yield* wait(rows.read(cursor, size));
    const before = entries.length;
    let folded: string | undefined;
    for (const row of read) {
      const key = rows.keyOf(row);
      if (folded !== undefined && key.startsWith(folded)) continue;
      folded = commonPrefix(key, prefix, delimiter);
      if (entries.length === limit) return { entries, truncated: true };
      entries.push(folded === undefined ? { row } : { prefix: folded });
    }
    const last = read.at(-1);
    if (last === undefined || read.length < size) return { entries, truncated: false };
    cursor = folded === undefined ? rows.after(last) : rows.at(endOfPrefix(folded));
    size = Math.min(2 * (entries.length - before), LARGEST_READ);
  }
}
