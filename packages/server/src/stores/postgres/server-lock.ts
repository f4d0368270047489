import { setTimeout } from 'node:timers/promises';
import type { PostgresConnection } from './connection.ts';

/** Nothing else in the database takes it: the letters MILL and RACE. */
const LOCK = '1296649292, 1380008773';

const LOOK_EVERY_MS = 100;

/**
 * Makes this connection the only one that writes records in its database, for as long as it lasts. Commands are decided one
 * after the other against what is there, and rely on it. Refuses, rather than waits for, another server: who starts a second
 * one by mistake should be told, as with a folder. Some patience is for a server that was killed, and for an earlier connection
 * of this one: they hold it until PostgreSQL has seen their end.
 */
export async function lockRecords(connection: PostgresConnection, patienceMs: number): Promise<void> {
  const giveUp = performance.now() + patienceMs;
  for (;;) {
    const { rows } = await connection.send(`SELECT pg_try_advisory_lock(${LOCK}) AS mine`);
    if ((rows[0] as { mine: boolean }).mine) return;
    if (performance.now() >= giveUp) break;
    await setTimeout(LOOK_EVERY_MS);
  }
  throw new Error(
    `The records in the database are in use by another server (${await holder(connection)}): ` +
      'stop that one, or set MILLRACE_DATABASE_URL to another database.',
  );
}

async function holder(connection: PostgresConnection): Promise<string> {
  const { rows } = await connection.send(
    `SELECT application_name AS name FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND (classid, objid) = (${LOCK}) AND granted`,
  );
  const [found] = rows as { name: string }[];
  return found?.name || 'unknown';
}
