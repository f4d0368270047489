import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

/**
 * Which records name the bytes of a folder, where they are not in it. A server with other records would take those bytes for
 * rubbish that nobody names, and remove them.
 */
const FILE = 'postgres-records';

/** Refuses records in the folder itself when it belongs to others. */
export function expectRecordsHere(folder: string): void {
  if (readSecretFile(folder, FILE) === undefined) return;
  throw new Error(
    `The records of ${folder} are in PostgreSQL: set MILLRACE_DATABASE_URL, or MILLRACE_DATA to another folder.`,
  );
}

/** Makes a new folder belong to these records; refuses one that belongs to others. */
export function bindFolder(folder: string, recordsId: string): void {
  if (existsSync(join(folder, 'records.db'))) {
    throw new Error(
      `The records of ${folder} are in it, in SQLite: leave MILLRACE_DATABASE_URL out, or set MILLRACE_DATA to another folder.`,
    );
  }
  const bound = readSecretFile(folder, FILE)?.trim();
  if (bound === undefined) writeSecretFile(folder, FILE, `${recordsId}\n`);
  else if (bound !== recordsId) {
    throw new Error(
      `The bytes beside ${folder} belong to records in another database: set MILLRACE_DATABASE_URL to that one, or ` +
        'MILLRACE_DATA to another folder.',
    );
  }
}
