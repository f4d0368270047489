import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fixture, startServer } from '@millrace/testkit';
import sharp from 'sharp';
import { sendLoad } from '../load.ts';
import { type Measure, makeFolder, median, type Result, spread } from '../measure.ts';
import { startOther } from '../programs.ts';
import { signedRequest } from '../signed-bytes.ts';
import { installedPeer } from './peer.ts';
import { put } from './tasks.ts';

const VERSION = '3.1.1';
const ROUNDS = 3;
const PICTURES = 80;

/** The same source, size, format and quality for Millrace and another picture server in Node.js, which keeps no results. */
export const picturePeer: Measure = {
  name: 'picture-peer',
  async run(folder, progress) {
    const program = await installedPeer('ipx', VERSION, 'ipx.mjs');
    const pictures = await makeFolder(folder, 'pictures');
    const other = await startOther(process.execPath, (port) => [
      ...[program, 'serve', '--dir', pictures, '--host', '127.0.0.1', '--port', String(port)],
    ]);
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'error' },
    });
    const results: Result[] = [];
    try {
      await put(server, '/bench-peer/');
      const photo = await sharp(await fixture('photo.jpg'))
        .jpeg({ quality: 80 })
        .toBuffer();
      const port = Number(new URL(server.endpoint).port);
      for (const connections of [2, 16]) {
        const ours: number[] = [];
        const theirs: number[] = [];
        for (let round = -1; round < ROUNDS; round += 1) {
          const mine: Buffer[] = [];
          const others: Buffer[] = [];
          for (let index = 0; index < PICTURES; index += 1) {
            const name = `${connections}-${round}-${index}.jpg`;
            // What follows the picture makes it another one to whoever keeps results.
            const body = Buffer.concat([photo, Buffer.from(name)]);
            await writeFile(join(pictures, name), body);
            await put(server, `/bench-peer/${name}`, body);
            const query = `x-oss-process=${encodeURIComponent('image/resize,w_512')}`;
            mine.push(signedRequest(server, 'GET', `/bench-peer/${name}`, query));
            others.push(Buffer.from(`GET /w_512,f_jpeg,q_80/${name} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`));
          }
          const order = { host: '127.0.0.1', connections, milliseconds: 120_000, repeat: false };
          const bare = (await sendLoad({ ...order, port: other.port, requests: others })).perSecond;
          const own = (await sendLoad({ ...order, port, requests: mine, mustCarry: 'x-millrace-cache: miss' }))
            .perSecond;
          progress(`${connections}: ipx ${bare.toFixed(1)}/s, Millrace ${own.toFixed(1)}/s`);
          if (round < 0) continue;
          theirs.push(bare);
          ours.push(own);
        }
        const ratio = median(ours) / median(theirs);
        results.push({
          what: `jpg of 2000×1333 → 512, uncached, ${connections} connections`,
          against: `ipx ${VERSION}`,
          ours: spread(ours, '/s', 1),
          theirs: spread(theirs, '/s', 1),
          score: `${ratio.toFixed(2)} ×`,
          target: '> 1 ×',
          reached: ratio > 1,
          notes: [],
        });
      }
    } finally {
      await other.stop();
      await server.stop();
    }
    return results;
  },
};
