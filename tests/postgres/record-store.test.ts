import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { contractCommandsUrl } from '@millrace/server/stores/contract/record-commands';
import { recordStoreContract } from '@millrace/server/stores/contract/record-store-contract';
import { openPostgresStore } from '@millrace/server/stores/postgres/postgres-record-store';
import { openSqliteStore } from '@millrace/server/stores/sqlite/sqlite-record-store';
import { type PostgresCluster, startPostgres } from '@millrace/testkit';

const crashWriter = fileURLToPath(new URL('./crash-writer.ts', import.meta.url));

/** Empties every table but those with a row that there always is. To truncate them takes longer than most of the tests. */
const empty = `
  DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables
      WHERE schemaname = 'public' AND tablename NOT IN ('millrace', 'store')
    LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
  END $$`;

const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'millrace-records-'));

let cluster: PostgresCluster;
let url: string;
before(async () => {
  cluster = await startPostgres();
  url = await cluster.database('contract');
});
after(() => cluster.dispose());

describe('the PostgreSQL record store', () => {
  recordStoreContract({
    share: 0.2,
    async make() {
      await cluster.query(url, empty);
      const folder = await makeFolder();
      return {
        open: () => openPostgresStore({ url, folder, commands: contractCommandsUrl }),
        writerProgram: () => ({ command: process.execPath, args: [crashWriter, url, folder] }),
        dispose: () => rm(folder, { recursive: true }),
      };
    },
  });
});

describe('a database of records', () => {
  test('serves one store at a time, names the other process, and is free again when that one was killed', async () => {
    const folders = await Promise.all([makeFolder(), makeFolder()]);
    const open = (folder: string) => openPostgresStore({ url, folder, commands: contractCommandsUrl });
    const child = spawn(process.execPath, [crashWriter, url, folders[0], '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const started = Promise.withResolvers<void>();
      child.stdout.once('data', () => started.resolve());
      child.once('exit', (code) => started.reject(new Error(`The writer ended with code ${code}.`)));
      await started.promise;
      await assert.rejects(
        open(folders[1]),
        new RegExp(`another server \\(millrace \\S+ ${child.pid}\\).*MILLRACE_DATABASE_URL`),
      );
    } finally {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    await (await open(folders[1])).close();
    for (const folder of folders) await rm(folder, { recursive: true });
  });

  test('refuses records that a newer version has written, and a folder whose bytes belong to other records', async () => {
    const folder = await makeFolder();
    const fresh = await cluster.database('fresh');
    const open = (database: string) => openPostgresStore({ url: database, folder, commands: contractCommandsUrl });
    await (await open(fresh)).close();
    await assert.rejects(open(url), /belong to records in another database/);
    await assert.rejects(
      openSqliteStore({ folder, commands: contractCommandsUrl }),
      /in PostgreSQL: set MILLRACE_DATABASE_URL/,
    );
    await cluster.query(fresh, 'UPDATE millrace SET version = 99');
    await assert.rejects(open(fresh), /schema 99.*newer version/);
    await rm(folder, { recursive: true });
  });
});
