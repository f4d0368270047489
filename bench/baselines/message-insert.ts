/**
 * Rows of 1 KiB messages put into the record store by its group commit alone, without a command, a protocol or a
 * socket; so many at a time. Arguments: folder, milliseconds, how many at a time. Prints rows per second.
 */
import { contractCommandsUrl, run } from '@millrace/server/stores/contract/record-commands';
import { messageRow, queueRow } from '@millrace/server/stores/contract/record-samples';
import { openSqliteStore } from '@millrace/server/stores/sqlite/sqlite-record-store';

const [folder = '', milliseconds = '', atOnce = ''] = process.argv.slice(2);
const store = await openSqliteStore({ folder, commands: contractCommandsUrl });
const [queue] = await run(store, [['queues', 'insert', queueRow({ name: 'bench' })]]);
const row = messageRow({ queueId: queue.id, body: 'm'.repeat(1024), expiresMs: Date.now() + 3_600_000 });
const started = performance.now();
const ends = started + Number(milliseconds);
let kept = 0;

async function keep(): Promise<void> {
  while (performance.now() < ends) {
    await run(store, [['messages', 'insert', row]]);
    kept += 1;
  }
}

await Promise.all(Array.from({ length: Number(atOnce) }, keep));
process.stdout.write(String((kept * 1000) / (performance.now() - started)));
await store.close();
