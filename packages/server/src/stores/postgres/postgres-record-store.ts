import type { RecordStore } from '../../domain/ports/record-store.ts';
import { startWriter, ThreadedRecordStore } from '../sql/threaded-record-store.ts';
import { ReadPool } from './read-pool.ts';
import type { WriterOptions } from './writer.ts';

export interface PostgresStoreOptions {
  /** Of a database that is there; tables are made in it. One server at a time. */
  url: string;
  /** The module whose `commands` the writer runs; the domain's by default. */
  commands?: URL;
}

/**
 * Opens the records in a database: a thread with the connection that writes, and connections here that read. Fails when
 * another server uses the database or a newer version has written it.
 */
export async function openPostgresStore({ url, commands }: PostgresStoreOptions): Promise<RecordStore> {
  const commandsUrl = (commands ?? new URL('../../domain/commands.ts', import.meta.url)).href;
  const writerOptions: WriterOptions = { url, commandsUrl };
  const worker = await startWriter(new URL('./writer.ts', import.meta.url), writerOptions);
  try {
    return new ThreadedRecordStore(worker, await ReadPool.open(url), () => {});
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}
