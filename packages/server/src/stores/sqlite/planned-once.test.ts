import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import BetterSqlite3 from 'better-sqlite3';
import { committedReads } from '../sql/transaction.ts';
import { openWriterDatabase } from './connection.ts';
import { plannedOnce } from './planned-once.ts';
import { sqlDatabase } from './sql-database.ts';

const folder = await mkdtemp(join(tmpdir(), 'millrace-planned-once-'));
const path = join(folder, 'records.sqlite');
openWriterDatabase(path).close();
/** As the library has it. */
const database = new BetterSqlite3(path);
after(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const valuesFor = (sql: string): unknown[] => {
  const names = [...sql.matchAll(/@(\w+)/g)].map(([, name = '']) => [name, 1]);
  return names.length > 0 ? [Object.fromEntries(names)] : [...sql.matchAll(/\?/g)].map(() => 1);
};

test('every statement of the records has the plan that it has without', () => {
  const statements = new Set<string>();
  const recorder = new Proxy(database, {
    get(target, name) {
      if (name !== 'prepare') return Reflect.get(target, name);
      return (sql: string) => {
        statements.add(sql);
        return target.prepare(sql);
      };
    },
  });
  committedReads(sqlDatabase(recorder));
  assert.ok(statements.size > 100);
  const planOf = (sql: string) =>
    database
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...valuesFor(sql))
      .map(({ detail }) => detail);
  for (const sql of statements) assert.deepEqual(planOf(plannedOnce(sql)), planOf(sql), sql);
});

test('values of every type are found as they were put', () => {
  const values = [
    0,
    -7,
    1.5,
    9_007_199_254_740_991,
    '',
    '1',
    '-',
    'text',
    Buffer.from([0, 255]),
    Buffer.from('12'),
    null,
  ];
  for (const type of ['INTEGER', 'REAL', 'TEXT', 'BLOB', 'ANY']) {
    database.exec(`DROP TABLE IF EXISTS kept; CREATE TABLE kept (value ${type})`);
    for (const value of values) database.prepare('INSERT INTO kept VALUES (?)').run(value);
    for (const operator of ['=', '<', '>', '<=', '>=', 'IS']) {
      const sql = `SELECT rowid FROM kept WHERE value ${operator} ? ORDER BY rowid`;
      for (const value of values) {
        const found = (text: string) => database.prepare(text).all(value);
        assert.deepEqual(found(plannedOnce(sql)), found(sql), `${type} ${operator} ${String(value)}`);
      }
    }
    const first = plannedOnce('SELECT rowid FROM kept LIMIT ?');
    assert.equal(database.prepare(first).all(3).length, 3);
    assert.equal(database.prepare(first).all(-1).length, values.length);
  }
});
