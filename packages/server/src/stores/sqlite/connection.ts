import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { planningOnce } from './planned-once.ts';
import { migrate } from './schema.ts';

export type Database = BetterSqlite3.Database;

export const databasePath = (folder: string): string => join(folder, 'records.db');

/** The one connection that writes. Creates the database, or brings it to the newest schema. */
export function openWriterDatabase(path: string): Database {
  const database = planningOnce(new BetterSqlite3(path));
  try {
    database.pragma('journal_mode = WAL');
    // The library is compiled for NORMAL in WAL mode, which does not sync at commit: a 2xx would not mean on disk.
    database.pragma('synchronous = FULL');
    database.pragma('cache_size = -65536');
    database.pragma('temp_store = MEMORY');
    // Bounds the log after a burst. A checkpoint that fails leaves the log as it is and is done again from the start.
    database.pragma('journal_size_limit = 67108864');
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A connection that sees what is committed and can change nothing. The database must exist. */
export function openReaderDatabase(path: string): Database {
  const database = planningOnce(new BetterSqlite3(path, { readonly: true, fileMustExist: true }));
  database.pragma('cache_size = -32768');
  return database;
}
