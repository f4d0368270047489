import type { Awaitable } from '../../domain/ports/record-store.ts';

/**
 * What the records of a store are written in: SQL that SQLite and PostgreSQL both understand, on one connection. Statements
 * have `?` or `@name` for what is bound, never both; integers fit into a double; text is ordered by its bytes.
 */
export interface Database {
  /** What the two have no common words for. */
  readonly dialect: Dialect;
  prepare<Bound extends unknown[], Row = unknown>(sql: string): Statement<Bound, Row>;
  /** An `INSERT` into a table that numbers its rows. Gives the number. */
  prepareInsert<Bound extends unknown[]>(sql: string): (...bound: Bound) => Awaitable<number>;
  /** Runs several statements on one state of the records. Inside a transaction they are on one anyway. */
  snapshot<T>(run: () => Awaitable<T>): Awaitable<T>;
}

export interface Statement<Bound extends unknown[], Row> {
  get(...bound: Bound): Awaitable<Row | undefined>;
  all(...bound: Bound): Awaitable<Row[]>;
  /** What nobody waits for has been done all the same before the transaction commits, or it does not commit. */
  run(...bound: Bound): Awaitable<{ changes: number }>;
  /** Rows are their first column. */
  pluck(): Statement<Bound, Row>;
}

/** Expressions of SQL, made of expressions of SQL. */
export interface Dialect {
  /** Whether a name is another one in any case of its letters. */
  sameName(column: string, name: string): string;
  /** Whether the object at a path of names in a JSON document has a member of a name and value. */
  hasMember(json: string, path: readonly string[], name: string, value: string): string;
}
