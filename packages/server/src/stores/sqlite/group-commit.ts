import type { Transaction } from '../../domain/ports/record-store.ts';
import {
  apply,
  type Call,
  type CommandTable,
  type Committed,
  type Outcome,
  refusalOf,
  refuseAll,
} from '../sql/calls.ts';
import { type Effects, writingTransaction } from '../sql/transaction.ts';
import type { Database } from './connection.ts';
import { sqlDatabase } from './sql-database.ts';

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
    this.#tx = writingTransaction(sqlDatabase(this.#database), this.#effects);
    this.#steps = prepareSteps(this.#database);
  }

  /** Batches must not overlap. */
  async run(calls: readonly Call[]): Promise<Committed> {
    if (this.#failure !== undefined && !this.#recover()) return refuseAll(calls, this.#failure?.reason ?? '');
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
      return refuseAll(calls, this.#failure?.reason ?? '');
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
    if (call.name !== undefined) return apply(this.#commands, this.#tx, call);
    this.#database.exec('UPDATE store SET probes = probes + 1');
    return undefined;
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

  #recover(): boolean {
    if (!this.#failure?.recovers) return false;
    try {
      if (this.#database.open) this.#database.close();
      this.#database = this.#open();
      this.#database.exec('UPDATE store SET probes = probes + 1');
      this.#tx = writingTransaction(sqlDatabase(this.#database), this.#effects);
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
