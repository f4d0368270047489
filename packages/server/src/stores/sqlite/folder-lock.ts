import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';

/**
 * Makes this process the only one that serves a folder, until the returned function is called or the process ends,
 * however it ends: what holds is a lock of the operating system on a small database, not the presence of a file. The
 * process id beside it only serves the message.
 */
export function lockFolder(folder: string): () => void {
  const holderPath = join(folder, 'lock.pid');
  const database = new BetterSqlite3(join(folder, 'lock.db'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!(error instanceof BetterSqlite3.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error;
    throw new Error(
      `The folder ${folder} is in use by another server (process ${holder(holderPath)}): ` +
        'stop that one, or set MILLRACE_DATA to another folder.',
      { cause: error },
    );
  }
  writeFileSync(holderPath, `${process.pid}\n`);
  return () => database.close();
}

function holder(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
