import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BlobStore } from '../domain/ports/blob-store.ts';
import type { RecordStore } from '../domain/ports/record-store.ts';
import { openFileBlobStore } from './files/file-blob-store.ts';

/** Where everything is kept. */
export interface Stores {
  records: RecordStore;
  blobs: BlobStore;
}

/** The stores of a server. The records come first: their lock keeps a second server off all of the folder. */
export async function openStores(where: { dataFolder: string; databaseUrl: string | undefined }): Promise<Stores> {
  const { dataFolder, databaseUrl } = where;
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const records = await openRecords(join(dataFolder, 'records'), databaseUrl);
  return { records, blobs: await openFileBlobStore({ folder: join(dataFolder, 'blobs') }) };
}

/** Only the program of the store that is used is loaded. */
async function openRecords(folder: string, url: string | undefined): Promise<RecordStore> {
  if (url === undefined) return (await import('./sqlite/sqlite-record-store.ts')).openSqliteStore({ folder });
  return (await import('./postgres/postgres-record-store.ts')).openPostgresStore({ folder, url });
}
