import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import BetterSqlite3 from 'better-sqlite3';
import { commands } from '../contract/record-commands.ts';
import type { Outcome } from '../sql/calls.ts';
import { type Database, databasePath, openWriterDatabase } from './connection.ts';
import { GroupCommit } from './group-commit.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-commit-'));
  path = databasePath(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

const insertBlob = (id: number, bytes: number) => ({
  id,
  name: 'script',
  input: { steps: [['blobs', 'insert', { id: `blob${id}`, length: bytes, crc64: '0', data: new Uint8Array(bytes) }]] },
});
const probe = (id: number) => ({ id, name: undefined, input: undefined });

const kinds = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map((outcome) => {
    if ('value' in outcome) return 'done';
    return 'kind' in outcome.refusal ? outcome.refusal.kind : outcome.refusal.name;
  });

/** The database, with a COMMIT that fails as the next of `errors` says, having been rolled back. */
function failingCommits(errors: (string | undefined)[]): () => Database {
  return () => {
    const database = openWriterDatabase(path);
    const exec = database.exec.bind(database);
    database.exec = (sql) => {
      const code = sql === 'COMMIT' ? errors.shift() : undefined;
      if (code === undefined) return exec(sql);
      exec('ROLLBACK');
      throw new BetterSqlite3.SqliteError('the disk says no', code);
    };
    return database;
  };
}

const storedBlobs = (): number => {
  const database = openWriterDatabase(path);
  const count = database.prepare<[], number>('SELECT COUNT(*) FROM blobs').pluck().get() ?? -1;
  database.close();
  return count;
};

test('refuses the whole batch when its sync fails, and everything after it, without trying again', async () => {
  const commit = new GroupCommit({ open: failingCommits([undefined, 'SQLITE_IOERR_FSYNC']), commands });
  assert.deepEqual(kinds((await commit.run([insertBlob(1, 10)])).outcomes), ['done']);
  const batch = [insertBlob(2, 10), insertBlob(3, 10)];
  assert.deepEqual(kinds((await commit.run(batch)).outcomes), ['StorageReadOnly', 'StorageReadOnly']);
  assert.deepEqual(kinds((await commit.run([insertBlob(4, 10), probe(5)])).outcomes), [
    'StorageReadOnly',
    'StorageReadOnly',
  ]);
  commit.close();
  assert.equal(storedBlobs(), 1);
});

test('refuses the batch that fills the disk, and works again once there is room', async () => {
  let pages = 150;
  const open = (): Database => {
    const database = openWriterDatabase(path);
    database.pragma(`max_page_count = ${pages}`);
    return database;
  };
  const commit = new GroupCommit({ open, commands });
  assert.deepEqual(kinds((await commit.run([insertBlob(1, 10)])).outcomes), ['done']);
  const batch = [insertBlob(2, 10), insertBlob(3, 2_000_000), insertBlob(4, 10)];
  const full = await commit.run(batch);
  assert.deepEqual(kinds(full.outcomes), ['StorageReadOnly', 'StorageReadOnly', 'StorageReadOnly']);
  pages = 10_000;
  assert.deepEqual(kinds((await commit.run([insertBlob(5, 2_000_000)])).outcomes), ['done']);
  commit.close();
  assert.equal(storedBlobs(), 2);
});

for (const code of ['SQLITE_FULL', 'SQLITE_CANTOPEN', 'SQLITE_IOERR_SHMSIZE']) {
  test(`stays read-only while the disk is full, which opening it tells as ${code}`, async () => {
    const open = failingCommits(['SQLITE_FULL']);
    let opened = 0;
    const commit = new GroupCommit({
      open() {
        if (opened++ === 1) throw new BetterSqlite3.SqliteError('the disk says no', code);
        return open();
      },
      commands,
    });
    assert.deepEqual(kinds((await commit.run([probe(1)])).outcomes), ['StorageReadOnly']);
    assert.deepEqual(kinds((await commit.run([probe(2)])).outcomes), ['StorageReadOnly']);
    assert.deepEqual(kinds((await commit.run([probe(3)])).outcomes), ['done']);
    commit.close();
  });
}

test('answers an unknown command as a defect, and an inherited name is not a command', async () => {
  const commit = new GroupCommit({ open: () => openWriterDatabase(path), commands });
  const { outcomes } = await commit.run([
    { id: 1, name: 'nothing', input: {} },
    { id: 2, name: 'toString', input: {} },
    probe(3),
  ]);
  assert.deepEqual(kinds(outcomes), ['TypeError', 'TypeError', 'done']);
  commit.close();
});
