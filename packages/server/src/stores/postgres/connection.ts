import { hostname } from 'node:os';
import pg from 'pg';
import type { Database, Statement } from '../sql/database.ts';
import { statementText } from './statement-text.ts';
import { fromStoredText, toStoredText } from './stored-text.ts';

const CONNECT_MS = 5_000;

/** No statement of ours takes a fraction of it: a network that has gone without a word, and what waits for it is told. */
const SILENCE_MS = 60_000;

const KEEPALIVE_MS = 10_000;

/**
 * Plans are to be those that the indexes were made for, from the first row on, also where nothing was analysed yet. A server
 * that has gone without a word must not keep its lock for the two hours of the usual keep-alive. Durability is never less than
 * a sync at commit, whatever the default of the database.
 */
const sessionSettings = `
  SET enable_seqscan = off;
  SET enable_bitmapscan = off;
  SET jit = off;
  SET tcp_keepalives_idle = 10;
  SET tcp_keepalives_interval = 5;
  SET tcp_keepalives_count = 3;
  SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local');
`;

/** Classes of SQLSTATE after which a session is not to be used again: no connection, told to stop, the system failed it. */
const ENDED = ['08', '57', '58'];

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

const INT8 = 20;
const NUMERIC = 1700;
const TEXT = 25;

/** Integers of ours fit into a double, and sums of them. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === TEXT) return fromStoredText;
    if (oid === INT8 || oid === NUMERIC) return Number;
    return pg.types.getTypeParser(oid, format);
  },
} as pg.CustomTypesConfig;

const bindable = (value: unknown): unknown => (typeof value === 'string' ? toStoredText(value) : value);

interface Answer {
  rows: unknown[];
  changes: number;
  /** What was done, in its first word: a COMMIT of what had failed is answered with ROLLBACK. */
  command: string;
}

/** A connection to PostgreSQL on which statements are sent without waiting for those before them; they are run in order. */
export class PostgresConnection {
  readonly database: Database;
  #client: pg.Client;
  #names = new Map<string, string>();
  #fault: unknown;
  #lost: Error | undefined;
  /** Whether whoever uses it begins and ends transactions. */
  #isWriter: boolean;

  private constructor(client: pg.Client, isWriter: boolean) {
    this.#client = client;
    this.#isWriter = isWriter;
    client.on('error', (error) => {
      this.#lost ??= error;
    });
    client.on('end', () => {
      this.#lost ??= new Error('The connection to PostgreSQL has ended.');
    });
    this.database = {
      dialect: {
        // Folds what SQLite's NOCASE does: columns are COLLATE "C".
        sameName: (column, name) => `lower(${column}) = lower(${name})`,
        hasMember: (json, path, name, value) =>
          `${json}::json #> '{${path.join(',')}}' ->> CAST(${name} AS text) = CAST(${value} AS text)`,
      },
      prepare: <Bound extends unknown[], Row>(sql: string) => this.#prepare<Bound, Row>(sql, false),
      prepareInsert: <Bound extends unknown[]>(sql: string) => {
        const statement = this.#prepare<Bound, number>(`${sql} RETURNING id`, true);
        return async (...bound: Bound) => Number(await statement.get(...bound));
      },
      snapshot: (run) => this.#snapshot(run),
    };
  }

  /** One at a time may use a connection for reads; whoever writes begins and ends its transactions. */
  static async open(url: string, use: 'reads' | 'writes'): Promise<PostgresConnection> {
    const client = new pg.Client({
      connectionString: url,
      application_name: `millrace ${hostname()} ${process.pid}`,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: SILENCE_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEPALIVE_MS,
      pipeline: true,
      types,
    });
    const connection = new PostgresConnection(client, use === 'writes');
    try {
      await client.connect();
      await client.query(sessionSettings);
      return connection;
    } catch (error) {
      void connection.close();
      // Node has no message where it tried several addresses.
      const { message, code } = error as Error & { code?: string };
      throw new Error(`PostgreSQL cannot be used: ${message || code}`, { cause: error });
    }
  }

  /** Why nothing more can be sent, once that is so. */
  get lost(): Error | undefined {
    return this.#lost;
  }

  /** The first error of a statement since the last time that it was asked for. */
  takeFault(): unknown {
    const fault = this.#fault;
    this.#fault = undefined;
    return fault;
  }

  /** Sends a statement of the session itself, such as COMMIT. May be left alone: an error of it is a fault. */
  send(sql: string): Promise<Answer> {
    return this.#ask({ text: sql });
  }

  async close(): Promise<void> {
    this.#lost ??= new Error('The connection to PostgreSQL is closed.');
    try {
      await this.#client.end();
    } catch {
      // It was gone before.
    }
  }

  #prepare<Bound extends unknown[], Row>(sql: string, plucked: boolean): Statement<Bound, Row> {
    const { text, names } = statementText(sql);
    // The same text is the same statement, so that those that are made up when asked for do not pile up over there.
    const name = this.#names.get(text) ?? `s${this.#names.size}`;
    this.#names.set(text, name);
    const values = (bound: Bound): unknown[] => {
      if (names === undefined) return bound.map(bindable);
      const named = bound[0] as Record<string, unknown>;
      return names.map((each) => bindable(named[each]));
    };
    const query = plucked ? { name, text, rowMode: 'array' as const } : { name, text };
    const ask = (bound: Bound): Promise<Answer> => this.#ask({ ...query, values: values(bound) });
    const rowOf = (row: unknown): Row => (plucked ? (row as Row[])[0] : row) as Row;
    return {
      async get(...bound) {
        const { rows } = await ask(bound);
        return rows.length === 0 ? undefined : rowOf(rows[0]);
      },
      async all(...bound) {
        const { rows } = await ask(bound);
        return rows.map(rowOf);
      },
      run: (...bound) => ask(bound),
      pluck: () => this.#prepare<Bound, Row>(sql, true),
    };
  }

  #ask(query: pg.QueryConfig): Promise<Answer> {
    const asked = this.#client
      .query(query)
      .then(({ rows, rowCount, command }): Answer => ({ rows, changes: rowCount ?? 0, command }));
    // Not every caller waits; the statement that ends the command or the transaction fails with it.
    asked.catch((error: unknown) => {
      this.#fault ??= error;
      // It is told why before it is cut off.
      if (error instanceof Error && ENDED.includes(codeOf(error).slice(0, 2))) this.#lost ??= error;
    });
    return asked;
  }

  async #snapshot<T>(run: () => T | Promise<T>): Promise<T> {
    if (this.#isWriter) return run();
    void this.send('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    try {
      return await run();
    } finally {
      // Ends it also when it has failed, and comes before whatever is asked next.
      void this.send('COMMIT');
    }
  }
}
