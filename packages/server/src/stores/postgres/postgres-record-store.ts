import { mkdirSync } from 'node:fs';
import type { RecordStore } from '../../domain/ports/record-store.ts';
import { startWriter, ThreadedRecordStore } from '../sql/threaded-record-store.ts';
import { lockFolder } from '../sqlite/folder-lock.ts';
import { ReadPool } from './read-pool.ts';
import type { WriterOptions } from './writer.ts';

export interface PostgresStoreOptions {
  /** Of a database that is there; tables are made in it. One server at a time. */
  url: string;
  /** Stands for the data folder, in which the bytes are: one server at a time, and always the same records. */
  folder: string;
  /** The module whose `commands` the writer runs; the domain's by default. */
  commands?: URL;
}

/**
 * Opens the records in a database: a thread with the connection that writes, and connections here that read. Fails when
 * another server uses the database or the folder, or a newer version has written the records.
 */
export async function openPostgresStore({ url, folder, commands }: PostgresStoreOptions): Promise<RecordStore> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(folder);
  try {
    const commandsUrl = (commands ?? new URL('../../domain/commands.ts', import.meta.url)).href;
    const writerOptions: WriterOptions = { url, folder, commandsUrl };
    const worker = await startWriter(new URL('./writer.ts', import.meta.url), writerOptions);
    try {
      return new ThreadedRecordStore(worker, await ReadPool.open(url), unlock);
    } catch (error) {
      await worker.terminate();
      throw error;
    }
  } catch (error) {
    unlock();
    throw error;
  }
}
