import { join } from 'node:path';
import type { BucketRow } from '@millrace/server/domain/ports/object-records';
import type { RecordStore } from '@millrace/server/domain/ports/record-store';
import { contractCommandsUrl } from '@millrace/server/stores/contract/record-commands';
import { openSqliteStore } from '@millrace/server/stores/sqlite/sqlite-record-store';
import type { RunningServer } from '@millrace/testkit';

/**
 * Stops a server, lets `fill` write records as they would be after a million requests, and starts it again. The commands
 * of this store are the contract suite's: statements as data.
 */
export async function fillRecords(
  server: RunningServer,
  bucket: string,
  fill: (store: RecordStore, bucket: BucketRow) => Promise<void>,
): Promise<void> {
  await server.kill('SIGTERM');
  const store = await openSqliteStore({ folder: join(server.dataFolder, 'records'), commands: contractCommandsUrl });
  try {
    const row = await store.reads.buckets.byName(bucket);
    if (!row) throw new Error(`there is no bucket ${bucket}`);
    await fill(store, row);
  } finally {
    await store.close();
  }
  await server.restart();
}
