/**
 * The sharp pipeline that `image/resize,w_512` stands for, in a bare loop with two pictures in flight. Arguments:
 * quality of the output, then the pictures. Prints pictures per second.
 */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';

sharp.concurrency(1);
sharp.cache(false);

const [quality = '', ...pictures] = process.argv.slice(2);
let next = 0;

async function loop(): Promise<void> {
  for (let path = pictures[next++]; path !== undefined; path = pictures[next++]) {
    const source = await readFile(path);
    await sharp(source)
      .autoOrient()
      .resize({ width: 512 })
      .jpeg({ quality: Number(quality) })
      .toBuffer();
  }
}

const started = performance.now();
await Promise.all([loop(), loop()]);
process.stdout.write(String((pictures.length * 1000) / (performance.now() - started)));
