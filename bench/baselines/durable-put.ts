/**
 * What a careful script does to keep 1 KiB: write a file, `fdatasync` it, rename it, `fsync` the folder; so many
 * at a time. Arguments: folder, milliseconds, how many at a time. Prints files per second. UV_THREADPOOL_SIZE must be as
 * many for them to be truly at once.
 */
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';

const [folder = '', milliseconds = '', atOnce = ''] = process.argv.slice(2);
const content = Buffer.alloc(1024, 'millrace ');
const ends = performance.now() + Number(milliseconds);
const started = performance.now();
let kept = 0;

async function keep(worker: number): Promise<void> {
  for (let number = 0; performance.now() < ends; number += 1) {
    const path = join(folder, `${worker}-${number}`);
    const file = await open(`${path}.part`, 'wx');
    await file.write(content);
    await file.datasync();
    await file.close();
    await rename(`${path}.part`, path);
    const directory = await open(folder, 'r');
    await directory.sync();
    await directory.close();
    kept += 1;
  }
}

await Promise.all(Array.from({ length: Number(atOnce) }, (_, worker) => keep(worker)));
process.stdout.write(String((kept * 1000) / (performance.now() - started)));
