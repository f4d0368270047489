import { DomainError, type DomainErrorDetails, type DomainErrorKind } from '../../domain/errors.ts';
import type { Transaction } from '../../domain/ports/record-store.ts';
import type { Effects } from './transaction.ts';

/** What goes between the thread that serves and the one that writes. */

/** Commands by name, as the writer sees them: their types matter to their callers only. */
export type CommandTable = Readonly<Record<string, (tx: Transaction, input: never) => unknown>>;

export interface Call {
  id: number;
  /** Undefined for a probe: one row written, nothing else. */
  name: string | undefined;
  input: unknown;
}

/** An error in a form that crosses threads. */
export type Refusal =
  | { kind: DomainErrorKind; details: DomainErrorDetails[DomainErrorKind] }
  | { name: string; message: string; stack: string };

export type Outcome = { id: number; value: unknown } | { id: number; refusal: Refusal };

export interface Committed extends Effects {
  outcomes: Outcome[];
}

export function refusalOf(error: unknown): Refusal {
  if (error instanceof DomainError) return { kind: error.kind, details: error.details };
  if (error instanceof Error) return { name: error.name, message: error.message, stack: error.stack ?? '' };
  return { name: 'Error', message: String(error), stack: '' };
}

export function errorOf(refusal: Refusal): Error {
  if ('kind' in refusal) return new DomainError(refusal.kind, refusal.details);
  const error = new Error(refusal.message);
  error.name = refusal.name;
  // Where it happened, in the other thread.
  if (refusal.stack !== '') error.stack = refusal.stack;
  return error;
}

/** The answer to a batch of which nothing was written, or may have been: it is not reported as done. */
export function refuseAll(calls: readonly Call[], reason: string): Committed {
  const refusal: Refusal = { kind: 'StorageReadOnly', details: { reason } };
  return {
    outcomes: calls.map(({ id }) => ({ id, refusal })),
    events: [],
    bucketsWritten: false,
    queuesWritten: false,
  };
}

/** Runs one command of a batch. */
export function apply(commands: CommandTable, tx: Transaction, { name = '', input }: Call): unknown {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new TypeError(`There is no command ${name}.`);
  return command(tx, input as never);
}
