import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Collector } from '@millrace/server/domain/objects/collector';
import { systemClock } from '@millrace/server/domain/ports/clock';
import { openFileBlobStore } from '@millrace/server/stores/files/file-blob-store';
import { openSqliteStore } from '@millrace/server/stores/sqlite/sqlite-record-store';

/**
 * Collects without grace what no record refers to, in the folder of a server that has stopped, and then expects every
 * blob that is left to have a record. Whether the collector took too much shows when the objects are read again.
 */
export async function checkStoredBytes(
  dataFolder: string,
): Promise<{ kept: number; garbage: number; orphans: number }> {
  const records = await openSqliteStore({ folder: join(dataFolder, 'records') });
  try {
    const blobs = await openFileBlobStore({ folder: join(dataFolder, 'blobs') });
    const collector = new Collector({ records, blobs, clock: systemClock }, { garbageMs: -1, orphanMs: -1 });
    const garbage = await collector.collectGarbage();
    const orphans = await collector.collectOrphans();
    const left: string[] = [];
    for await (const blob of blobs.list()) left.push(blob.id);
    const known = await records.reads.blobs.known(left);
    assert.deepEqual(
      left.filter((id) => !known.has(id)),
      [],
      'blobs that nothing refers to and nothing collects',
    );
    assert.deepEqual(await records.reads.blobs.garbage(Number.MAX_SAFE_INTEGER, 10), []);
    return { kept: left.length, garbage, orphans };
  } finally {
    await records.close();
  }
}
