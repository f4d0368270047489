/**
 * The sharp pipeline that `image/resize,w_512` stands for, in a bare loop. Arguments: pictures in flight, format, quality
 * (no meaning for png), then the pictures. Prints pictures per second.
 */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';

sharp.concurrency(1);
sharp.cache(false);

const [inFlight = '2', format = 'jpg', quality = '80', ...pictures] = process.argv.slice(2);
let next = 0;

async function loop(): Promise<void> {
  for (let path = pictures[next++]; path !== undefined; path = pictures[next++]) {
    const resized = sharp(await readFile(path))
      .autoOrient()
      .resize({ width: 512 });
    if (format === 'png') await resized.png({ adaptiveFiltering: true }).toBuffer();
    else if (format === 'webp') await resized.webp({ quality: Number(quality) }).toBuffer();
    else if (format === 'avif') await resized.avif({ quality: Number(quality) }).toBuffer();
    else await resized.jpeg({ quality: Number(quality) }).toBuffer();
  }
}

const started = performance.now();
await Promise.all(Array.from({ length: Number(inFlight) }, loop));
process.stdout.write(String((pictures.length * 1000) / (performance.now() - started)));
