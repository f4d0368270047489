import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BlobStore } from '../domain/ports/blob-store.ts';
import type { RecordStore } from '../domain/ports/record-store.ts';
import { openFileBlobStore } from './files/file-blob-store.ts';
import { openSqliteStore } from './sqlite/sqlite-record-store.ts';

/** Where everything is kept. */
export interface Stores {
  records: RecordStore;
  blobs: BlobStore;
}

/** The stores of an embedded server. The records come first: their lock keeps a second server off all of the folder. */
export async function openStores(dataFolder: string): Promise<Stores> {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const records = await openSqliteStore({ folder: join(dataFolder, 'records') });
  return { records, blobs: await openFileBlobStore({ folder: join(dataFolder, 'blobs') }) };
}
