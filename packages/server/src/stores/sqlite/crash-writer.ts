import { contractCommandsUrl, run } from '../contract/record-commands.ts';
import { objectRow } from '../contract/record-samples.ts';
import { openSqliteStore } from './sqlite-record-store.ts';

/** The writer that a contract test kills: `crash-writer.ts FOLDER FIRST_NUMBER`. */
const [folder = '', first = '0'] = process.argv.slice(2);
const store = await openSqliteStore({ folder, commands: contractCommandsUrl });
let number = Number(first);

async function writeForEver(): Promise<never> {
  for (;;) {
    const mine = number++;
    await run(store, [['objects', 'put', objectRow({ bucketId: 1, key: `k${mine}`, size: mine })]]);
    process.stdout.write(`${mine}\n`);
  }
}

await Promise.all(Array.from({ length: 16 }, writeForEver));
