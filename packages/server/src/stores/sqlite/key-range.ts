/**
 * Ranges of names in UTF-8 byte order. Bounds are bytes and not strings, because the end of a prefix's range is often
 * not valid UTF-8; statements write them `CAST(? AS TEXT)`, which keeps the bytes and compares them with memcmp.
 */

/** Greater than every key: no UTF-8 text holds this byte. */
const afterAllKeys = Buffer.from([0xff]);

/** The first bytes that sort after everything starting with `prefix`. */
export function endOfPrefix(prefix: string): Buffer {
  if (prefix === '') return afterAllKeys;
  const bytes = Buffer.from(prefix, 'utf8');
  const last = bytes.length - 1;
  // Never carries: the last byte of UTF-8 text is at most 0xF4.
  bytes[last] = (bytes[last] ?? 0) + 1;
  return bytes;
}

/** The first bytes that sort after `key`. */
export const successor = (key: string): Buffer => Buffer.from(`${key}\0`, 'utf8');

/** Names starting with `prefix` and strictly after `after`: from the first bound, included, to the second, excluded. */
export function namesAfter(prefix: string, after: string): [from: Buffer, until: Buffer] {
  const start = Buffer.from(prefix, 'utf8');
  const next = successor(after);
  return [Buffer.compare(next, start) > 0 ? next : start, endOfPrefix(prefix)];
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
  /** Just before the first key that is not less than these bytes. */
  at(key: Buffer): Cursor;
  after(row: Row): Cursor;
  read(cursor: Cursor, limit: number): Row[];
}

const FIRST_READ = 16;
const LARGEST_READ = 256;

/**
 * One page of rows and common prefixes. A common prefix costs one seek past its end, however many keys share it. Each read
 * asks for twice as many rows as the one before gave entries, so that rows read and thrown away stay in proportion.
 */
export function readPage<Row, Cursor>(
  rows: KeyedRows<Row, Cursor>,
  start: Cursor,
  query: { prefix: string; delimiter: string; limit: number },
): { entries: ({ row: Row } | { prefix: string })[]; truncated: boolean } {
  const { prefix, delimiter, limit } = query;
  const entries: ({ row: Row } | { prefix: string })[] = [];
  if (limit <= 0) return { entries, truncated: false };
  let cursor = start;
  let size = delimiter === '' ? limit + 1 : FIRST_READ;
  for (;;) {
    const read = rows.read(cursor, size);
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
