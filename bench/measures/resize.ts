import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fixture, startServer } from '@millrace/testkit';
import sharp from 'sharp';
import { sendLoad } from '../load.ts';
import { type Measure, makeFolder, median, runBaseline, spread } from '../measure.ts';
import { signedRequest } from '../signed-bytes.ts';
import { put } from './tasks.ts';

const ROUNDS = 5;
/** Some seconds of work: the start of the load generator and of the loop would otherwise be much of a round. */
const PICTURES = 250;
/**
 * A server in use has answered thousands of requests, and V8 has compiled what they run; at a hundred pictures a second that
 * would take minutes. So long one finished picture is asked for before.
 */
const WARM_MS = 4_000;
/** Of the source; the output keeps it, as the vendor does, so the bare loop encodes with it as well. */
const QUALITY = 80;

/** The same picture with a comment of its own, so that no two are the same bytes to a cache. */
function marked(jpeg: Buffer, mark: string): Buffer {
  const comment = Buffer.from(mark);
  const head = Buffer.from([0xff, 0xfe, 0, 0]);
  head.writeUInt16BE(comment.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, comment, jpeg.subarray(2)]);
}

export const resize: Measure = {
  name: 'resize',
  async run(folder, progress) {
    const jpeg = await sharp(await fixture('photo.jpg'))
      .resize({ width: 1733, height: 1155 })
      .jpeg({ quality: QUALITY })
      .toBuffer();
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    const ours: number[] = [];
    const theirs: number[] = [];
    let bodyBytes = 0;
    try {
      await put(server, '/bench-image/');
      const { hostname, port } = new URL(server.endpoint);
      await put(server, '/bench-image/warm.jpg', jpeg);
      const warm = signedRequest(server, 'GET', '/bench-image/warm.jpg', 'x-oss-process=image%2Fresize%2Cw_512');
      const load = { host: hostname, port: Number(port), connections: 2 };
      await sendLoad({ ...load, milliseconds: WARM_MS, repeat: true, requests: [warm] });
      for (let round = -1; round < ROUNDS; round += 1) {
        const files: string[] = [];
        const requests: Buffer[] = [];
        for (let index = 0; index < PICTURES; index += 1) {
          const picture = marked(jpeg, `${round} ${index}`);
          const path = `/bench-image/${round}-${index}.jpg`;
          const file = join(folder, `${round}-${index}.jpg`);
          await writeFile(file, picture);
          files.push(file);
          await put(server, path, picture);
          requests.push(signedRequest(server, 'GET', path, 'x-oss-process=image%2Fresize%2Cw_512'));
        }
        const bare = await runBaseline('resize-loop', [String(QUALITY), ...files]);
        const report = await sendLoad({
          ...{ ...load, milliseconds: 120_000, repeat: false, requests },
          mustCarry: 'x-millrace-cache: miss',
        });
        bodyBytes = report.bodyBytes;
        progress(`sharp ${bare.toFixed(1)} pictures/s, Millrace ${report.perSecond.toFixed(1)} pictures/s`);
        if (round < 0) continue;
        theirs.push(bare);
        ours.push(report.perSecond);
      }
    } finally {
      await server.stop();
    }
    const reference = await sharp(jpeg).autoOrient().resize({ width: 512 }).jpeg({ quality: QUALITY }).toBuffer();
    const ratio = median(ours) / median(theirs);
    return {
      what: 'resize,w_512 of a 2 Mpx JPEG, uncached, 2 connections',
      against: 'the same sharp pipeline in a bare loop, 2 in flight',
      ours: spread(ours, '/s', 1),
      theirs: spread(theirs, '/s', 1),
      score: `${ratio.toFixed(2)} ×`,
      target: '≥ 0.8 ×',
      reached: ratio >= 0.8,
      notes: [`output ${bodyBytes} bytes, of the bare loop ${reference.length} bytes`],
    };
  },
};
