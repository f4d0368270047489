/**
 * The domain's commands, in a writer whose commits fail while the file named by MILLRACE_TEST_COMMITS holds the code of an
 * error: what SQLite says of a disk that is full, or has lost what was to be synced.
 */
import { existsSync, readFileSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';

export { commands } from '@millrace/server/domain/commands';

const told = process.env.MILLRACE_TEST_COMMITS ?? '';
const exec: (this: BetterSqlite3.Database, sql: string) => BetterSqlite3.Database = BetterSqlite3.prototype.exec;

BetterSqlite3.prototype.exec = function (this: BetterSqlite3.Database, sql: string) {
  const commits = sql === 'COMMIT' || (!this.inTransaction && sql.startsWith('UPDATE'));
  if (commits && existsSync(told)) {
    throw new BetterSqlite3.SqliteError('the disk says no', readFileSync(told, 'utf8'));
  }
  return exec.call(this, sql);
};
