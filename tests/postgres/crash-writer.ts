import { contractCommandsUrl, run } from '@millrace/server/stores/contract/record-commands';
import { objectRow } from '@millrace/server/stores/contract/record-samples';
import { openPostgresStore } from '@millrace/server/stores/postgres/postgres-record-store';

/** The writer that a contract test kills: `crash-writer.ts URL FOLDER FIRST_NUMBER`. */
const [url = '', folder = '', first = '0'] = process.argv.slice(2);
const store = await openPostgresStore({ url, folder, commands: contractCommandsUrl });
let number = Number(first);

async function writeForEver(): Promise<never> {
  for (;;) {
    const mine = number++;
    await run(store, [['objects', 'put', objectRow({ bucketId: 1, key: `k${mine}`, size: mine })]]);
    process.stdout.write(`${mine}\n`);
  }
}

await Promise.all(Array.from({ length: 16 }, writeForEver));
