import { mkdirSync } from 'node:fs';
import type { RecordStore } from '../../domain/ports/record-store.ts';
import { expectRecordsHere } from '../files/records-elsewhere.ts';
import { type ReadSide, startWriter, ThreadedRecordStore } from '../sql/threaded-record-store.ts';
import { committedReads } from '../sql/transaction.ts';
import { type Database, databasePath, openReaderDatabase } from './connection.ts';
import { lockFolder } from './folder-lock.ts';
import { RowCache, TurnSnapshot } from './row-cache.ts';
import { sqlDatabase } from './sql-database.ts';
import type { WriterOptions } from './writer.ts';

export interface SqliteStoreOptions {
  /** Made when missing. One server at a time. */
  folder: string;
  /** The module whose `commands` the writer runs; the domain's by default. */
  commands?: URL;
}

/**
 * Opens the records of a folder: a thread that writes, and a connection here that reads. Fails when another server uses
 * the folder or a newer version has written it.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<RecordStore> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(options.folder);
  try {
    expectRecordsHere(options.folder);
    const path = databasePath(options.folder);
    const commands = options.commands ?? new URL('../../domain/commands.ts', import.meta.url);
    const writerOptions: WriterOptions = { path, commandsUrl: commands.href };
    const worker = await startWriter(new URL('./writer.ts', import.meta.url), writerOptions);
    return new ThreadedRecordStore(worker, new CachedReader(openReaderDatabase(path)), unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

class CachedReader extends RowCache implements ReadSide {
  #reader: Database;

  constructor(reader: Database) {
    super(committedReads(sqlDatabase(reader)), new TurnSnapshot(reader));
    this.#reader = reader;
  }

  close(): void {
    this.#reader.close();
  }
}
