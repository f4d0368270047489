import type { Transaction } from '../../domain/ports/record-store.ts';
import { bindFolder } from '../files/records-elsewhere.ts';
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
import type { Writer } from '../sql/writer-thread.ts';
import { codeOf, PostgresConnection } from './connection.ts';
import { migrate } from './schema.ts';
import { lockRecords } from './server-lock.ts';

/** Classes of SQLSTATE that say that the database cannot, not that a statement was wrong. */
const UNABLE = [
  '08', // no connection
  '25', // not a database that takes writes
  '53', // no room, no memory
  '57', // shut down, or told to stop
  '58', // the system failed it
  'XX', // it is damaged
];

/** For how long the lock of the records is waited for: at the start, and by commands that found the connection lost. */
const STARTS_WITHIN_MS = 5_000;
const RETURNS_WITHIN_MS = 1_000;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export interface PostgresWriterOptions {
  url: string;
  folder: string;
  commands: CommandTable;
}

interface Session {
  connection: PostgresConnection;
  tx: Transaction;
}

/**
 * Runs batches of commands, each batch in one transaction with one sync, each command in a savepoint of its own, on the one
 * connection that holds the lock. What a batch answers, it answers after its COMMIT has been answered. When the connection is
 * lost before, nobody here knows whether it committed, and every command of it is refused; the next batch has another connection.
 */
export class PostgresWriter implements Writer {
  #url: string;
  #folder: string;
  #commands: CommandTable;
  #effects: Effects = { events: [], bucketsWritten: false, queuesWritten: false };
  #session: Session | undefined;

  private constructor({ url, folder, commands }: PostgresWriterOptions) {
    this.#url = url;
    this.#folder = folder;
    this.#commands = commands;
  }

  static async open(options: PostgresWriterOptions): Promise<PostgresWriter> {
    const writer = new PostgresWriter(options);
    writer.#session = await writer.#connect(STARTS_WITHIN_MS);
    return writer;
  }

  async run(calls: readonly Call[]): Promise<Committed> {
    const effects = this.#effects;
    effects.events = [];
    effects.bucketsWritten = false;
    effects.queuesWritten = false;
    let session: Session | undefined;
    try {
      session = await this.#usableSession();
      const { connection } = session;
      connection.takeFault();
      void connection.send('BEGIN');
      const outcomes: Outcome[] = [];
      for (const call of calls) outcomes.push(await this.#runOne(call, session));
      const { command } = await connection.send('COMMIT');
      if (command !== 'COMMIT') throw connection.takeFault() ?? new Error('The transaction was rolled back.');
      return { outcomes, ...effects };
    } catch (error) {
      this.#session = undefined;
      // Waits for nothing: what it was asked last may never be answered.
      void session?.connection.close();
      return refuseAll(calls, reasonOf(error));
    }
  }

  async close(): Promise<void> {
    await this.#session?.connection.close();
  }

  /** Throws only what ends the whole transaction. */
  async #runOne(call: Call, { connection, tx }: Session): Promise<Outcome> {
    const { events } = this.#effects;
    const announced = events.length;
    void connection.send('SAVEPOINT command');
    try {
      const value = await this.#apply(call, connection, tx);
      // Behind all that the command did not wait for: if any of it failed, so does this.
      await connection.send('RELEASE command');
      return { id: call.id, value };
    } catch (error) {
      const cause = connection.takeFault() ?? error;
      if (connection.lost || UNABLE.includes(codeOf(cause).slice(0, 2))) throw cause;
      await connection.send('ROLLBACK TO command');
      void connection.send('RELEASE command');
      connection.takeFault();
      events.length = announced;
      return { id: call.id, refusal: refusalOf(cause) };
    }
  }

  #apply(call: Call, connection: PostgresConnection, tx: Transaction): unknown {
    return call.name === undefined
      ? connection.send('UPDATE store SET probes = probes + 1')
      : apply(this.#commands, tx, call);
  }

  async #usableSession(): Promise<Session> {
    if (this.#session === undefined || this.#session.connection.lost) {
      this.#session = undefined;
      this.#session = await this.#connect(RETURNS_WITHIN_MS);
    }
    return this.#session;
  }

  async #connect(patienceMs: number): Promise<Session> {
    const connection = await PostgresConnection.open(this.#url, 'writes');
    try {
      await lockRecords(connection, patienceMs);
      // Also when it connects again: behind the same address there may by then be another database.
      bindFolder(this.#folder, await migrate(connection));
      return { connection, tx: writingTransaction(connection.database, this.#effects) };
    } catch (error) {
      void connection.close();
      throw error;
    }
  }
}
