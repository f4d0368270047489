import type { Awaitable } from '../../domain/ports/record-store.ts';

/**
 * What is done with the answers of statements, written once: SQLite answers at once, and then nothing here waits or costs
 * a turn of the event loop; PostgreSQL answers later, and then it is waited for.
 */

export function then<T, R>(value: Awaitable<T>, use: (value: T) => R): Awaitable<Awaited<R>> {
  // A function that itself waits gives a promise, and so does what is made of it.
  return (value instanceof Promise ? value.then(use) : use(value)) as Awaitable<Awaited<R>>;
}

/** The one row that was asked for, turned into what it stands for. */
export const found = <Row, R>(row: Awaitable<Row | undefined>, use: (row: Row) => R): Awaitable<R | undefined> =>
  row instanceof Promise ? row.then((later) => later && use(later)) : row && use(row);

export const mapped = <Row, R>(rows: Awaitable<Row[]>, use: (row: Row) => R): Awaitable<R[]> =>
  rows instanceof Promise ? rows.then((later) => later.map((row) => use(row))) : rows.map((row) => use(row));

/** Answers to statements that do not depend on each other: all asked for before the first is waited for. */
export function together<T>(values: readonly Awaitable<T>[]): Awaitable<T[]> {
  return values.some((value) => value instanceof Promise) ? Promise.all(values) : (values as T[]);
}

/** Several statements of which one decides about the next: `const row = yield* wait(statement.get(id))`. */
export type Steps<R> = Generator<Promise<unknown>, R, unknown>;

export function* wait<T>(value: Awaitable<T>): Steps<T> {
  // What is handed back is what the promise came to.
  return value instanceof Promise ? ((yield value) as T) : value;
}

export function steps<R>(body: () => Steps<R>): Awaitable<R> {
  const run = body();
  const first = run.next();
  return first.done ? first.value : goOn(run, first);
}

async function goOn<R>(run: Steps<R>, first: IteratorYieldResult<Promise<unknown>>): Promise<R> {
  let step: IteratorResult<Promise<unknown>, R> = first;
  while (!step.done) step = run.next(await step.value);
  return step.value;
}

export const isThere = (row: unknown): boolean => row !== undefined;

export const changesOf = ({ changes }: { changes: number }): number => changes;
