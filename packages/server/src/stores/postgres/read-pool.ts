import { DomainError } from '../../domain/errors.ts';
import type { Reads } from '../../domain/ports/record-store.ts';
import type { ReadSide } from '../sql/threaded-record-store.ts';
import { committedReads } from '../sql/transaction.ts';
import { PostgresConnection } from './connection.ts';

/** More would wait for the processors of the database instead of here. */
const LARGEST = 8;

interface Reader {
  connection: PostgresConnection;
  reads: Methods;
}

type Methods = Record<string, Record<string, (...bound: unknown[]) => unknown>>;

/** Connections that read, each for one at a time. Those that are lost are replaced when somebody next wants one. */
export class ReadPool implements ReadSide {
  readonly reads: Reads;
  #url: string;
  #idle: Reader[] = [];
  #open = 0;
  #queue: ((reader: Reader | undefined) => void)[] = [];
  #closed = false;

  private constructor(url: string, first: Reader) {
    this.#url = url;
    this.#idle.push(first);
    this.#open = 1;
    const tables = Object.entries(first.reads).map(([table, methods]) => {
      const asked = Object.keys(methods).map((method) => [
        method,
        (...bound: unknown[]) => this.#read(({ reads }) => reads[table]?.[method]?.(...bound)),
      ]);
      return [table, Object.fromEntries(asked)];
    });
    // The same methods by the same names.
    this.reads = Object.fromEntries(tables) as Reads;
  }

  static async open(url: string): Promise<ReadPool> {
    return new ReadPool(url, await openReader(url));
  }

  // Every read asks the database: nothing here can be out of date.
  disturbed(): void {}
  committed(): void {}
  settled(): void {}

  async close(): Promise<void> {
    this.#closed = true;
    const idle = this.#idle.splice(0);
    await Promise.all(idle.map(({ connection }) => connection.close()));
  }

  async #read(ask: (reader: Reader) => unknown): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      const reader = await this.#take();
      try {
        return await ask(reader);
      } catch (error) {
        if (!reader.connection.lost) throw error;
        // Lost while nobody used it, most likely: reading once more does no harm.
        if (attempt === 2) throw unreadable(error);
      } finally {
        this.#give(reader);
      }
    }
  }

  async #take(): Promise<Reader> {
    if (this.#closed) throw new Error('The record store is closed.');
    for (let reader = this.#idle.pop(); reader !== undefined; reader = this.#idle.pop()) {
      if (!reader.connection.lost) return reader;
      this.#open--;
    }
    if (this.#open >= LARGEST) {
      const { promise, resolve } = Promise.withResolvers<Reader | undefined>();
      this.#queue.push(resolve);
      const reader = await promise;
      return reader ?? this.#take();
    }
    this.#open++;
    try {
      return await openReader(this.#url);
    } catch (error) {
      this.#open--;
      // Whoever waits for one tries, and is told, too.
      this.#queue.shift()?.(undefined);
      throw unreadable(error);
    }
  }

  #give(reader: Reader): void {
    if (!this.#closed && !reader.connection.lost) {
      const next = this.#queue.shift();
      if (next) next(reader);
      else this.#idle.push(reader);
      return;
    }
    this.#open--;
    void reader.connection.close();
    this.#queue.shift()?.(undefined);
  }
}

async function openReader(url: string): Promise<Reader> {
  const connection = await PostgresConnection.open(url, 'reads');
  return { connection, reads: committedReads(connection.database) as unknown as Methods };
}

const unreadable = (cause: unknown): DomainError<'StorageReadOnly'> =>
  new DomainError('StorageReadOnly', { reason: cause instanceof Error ? cause.message : String(cause) }, { cause });
