import { DomainError, type DomainErrorDetails, type DomainErrorKind } from '../../domain/errors.ts';
import type { Transaction } from '../../domain/ports/record-store.ts';
import type { Database } from './connection.ts';
import { type Effects, writingTransaction } from './transaction.ts';

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

/** Why nothing can be written, and whether a commit on a fresh connection would show that it can again. */
type Failure = { reason: string; recovers: boolean };

/** After any of these the transaction as a whole is lost, not only the statement. */
const FATAL_CODES = [
  'SQLITE_FULL',
  'SQLITE_IOERR',
  'SQLITE_CORRUPT',
  'SQLITE_NOTADB',
  'SQLITE_READONLY',
  'SQLITE_CANTOPEN',
];

/**
 * After these the database is as it was: there was no room, another program held it, or a file could not be opened or
 * mapped, which a full disk or a shortage of file handles is to blame for.
 */
const PASSING_CODES = ['SQLITE_FULL', 'SQLITE_BUSY', 'SQLITE_CANTOPEN', 'SQLITE_IOERR_SHM'];

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

const isFatal = (error: unknown): boolean => FATAL_CODES.some((code) => codeOf(error).startsWith(code));

function refusalOf(error: unknown): Refusal {
  if (error instanceof DomainError) return { kind: error.kind, details: error.details };
  if (error instanceof Error) return { name: error.name, message: error.message, stack: error.stack ?? '' };
  return { name: 'Error', message: String(error), stack: '' };
}

/** The statements around each command, prepared. Those around a batch are not: they are few. */
const prepareSteps = (database: Database) => ({
  savepoint: database.prepare<[]>('SAVEPOINT command'),
  release: database.prepare<[]>('RELEASE command'),
  undo: database.prepare<[]>('ROLLBACK TO command'),
});
type Steps = ReturnType<typeof prepareSteps>;

/**
 * Runs batches of commands, each batch in one transaction with one sync, each command in a savepoint of its own. What
 * a batch answers, it answers after its COMMIT has returned; when that fails, every command of it is refused.
 *
 * A failed sync leaves unknown what is on the disk, and the next sync would report success without having written the
 * lost pages: nothing is written again before a restart, which reads back what there really is. A full disk leaves it as it
 * was: writing goes on once a commit on a fresh connection succeeds.
 */
export class GroupCommit {
  #open: () => Database;
  #commands: CommandTable;
  #database: Database;
  #effects: Effects = { events: [], bucketsWritten: false, queuesWritten: false };
  #tx: Transaction;
  #steps: Steps;
  #failure: Failure | undefined;

  constructor(options: { open: () => Database; commands: CommandTable }) {
    this.#open = options.open;
    this.#commands = options.commands;
    this.#database = options.open();
    this.#tx = writingTransaction(this.#database, this.#effects);
    this.#steps = prepareSteps(this.#database);
  }

  /** Batches must not overlap. */
  async run(calls: readonly Call[]): Promise<Committed> {
    if (this.#failure !== undefined && !this.#recover()) return this.#refuse(calls);
    const effects = this.#effects;
    effects.events = [];
    effects.bucketsWritten = false;
    effects.queuesWritten = false;
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const outcomes: Outcome[] = [];
      for (const call of calls) outcomes.push(await this.#runOne(call));
      this.#database.exec('COMMIT');
      return { outcomes, ...effects };
    } catch (error) {
      this.#fail(error);
      return this.#refuse(calls);
    }
  }

  /** Throws only what ends the whole transaction. */
  async #runOne(call: Call): Promise<Outcome> {
    const { events } = this.#effects;
    const announced = events.length;
    this.#steps.savepoint.run();
    try {
      const value = await this.#apply(call);
      this.#steps.release.run();
      return { id: call.id, value };
    } catch (error) {
      // SQLite ends a transaction by itself when it can no longer undo one statement.
      if (isFatal(error) || !this.#database.inTransaction) throw error;
      this.#steps.undo.run();
      this.#steps.release.run();
      events.length = announced;
      return { id: call.id, refusal: refusalOf(error) };
    }
  }

  #apply(call: Call): unknown {
    if (call.name === undefined) {
      this.#database.exec('UPDATE store SET probes = probes + 1');
      return undefined;
    }
    const command = Object.hasOwn(this.#commands, call.name) ? this.#commands[call.name] : undefined;
    if (command === undefined) throw new TypeError(`There is no command ${call.name}.`);
    return command(this.#tx, call.input as never);
  }

  #fail(error: unknown): void {
    const reason = `${codeOf(error) || 'error'}: ${error instanceof Error ? error.message : String(error)}`;
    const recovers = PASSING_CODES.some((code) => codeOf(error).startsWith(code));
    this.#failure = { reason, recovers };
    try {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
    } catch {
      // The connection is not used again; closing it ends the transaction.
    }
  }

  #refuse(calls: readonly Call[]): Committed {
    const details = { reason: this.#failure?.reason ?? '' };
    return {
      outcomes: calls.map(({ id }) => ({ id, refusal: { kind: 'StorageReadOnly', details } })),
      events: [],
      bucketsWritten: false,
      queuesWritten: false,
    };
  }

  #recover(): boolean {
    if (!this.#failure?.recovers) return false;
    try {
      if (this.#database.open) this.#database.close();
      this.#database = this.#open();
      this.#database.exec('UPDATE store SET probes = probes + 1');
      this.#tx = writingTransaction(this.#database, this.#effects);
      this.#steps = prepareSteps(this.#database);
      this.#failure = undefined;
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  close(): void {
    this.#database.close();
  }
}
