import { after, before, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { contractCommandsUrl } from '@millrace/server/stores/contract/record-commands';
import { recordStoreContract } from '@millrace/server/stores/contract/record-store-contract';
import { openPostgresStore } from '@millrace/server/stores/postgres/postgres-record-store';
import { type Cluster, makeCluster } from './cluster.ts';

const crashWriter = fileURLToPath(new URL('./crash-writer.ts', import.meta.url));

/** Empties every table but those with a row that there always is. */
const empty = `
  DO $$ BEGIN EXECUTE (
    SELECT coalesce('TRUNCATE ' || string_agg(quote_ident(tablename), ', ') || ' RESTART IDENTITY', 'SELECT 1')
    FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('millrace', 'store')
  ); END $$`;

describe('the PostgreSQL record store', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await makeCluster();
  });
  after(() => cluster.dispose());

  recordStoreContract({
    async make() {
      const url = await cluster.database('contract');
      await cluster.query(url, empty);
      return {
        open: () => openPostgresStore({ url, commands: contractCommandsUrl }),
        writerProgram: () => ({ command: process.execPath, args: [crashWriter, url] }),
        dispose: async () => {},
      };
    },
  });
});
