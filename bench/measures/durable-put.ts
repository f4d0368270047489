import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer } from '@millrace/testkit';
import { sendLoad } from '../load.ts';
import { type Measure, makeFolder, median, runBaseline, spread } from '../measure.ts';
import { signedRequest } from '../signed-bytes.ts';
import { put } from './tasks.ts';

const ROUNDS = 5;
const MILLISECONDS = 3000;
/** Both are programs of V8, which goes on compiling for the first tens of thousands of requests. */
const WARM_ROUNDS = 4;
/** More than a round can use up on any machine this runs on: the round ends by time. */
const REQUESTS = 40_000;

/** A PUT of 1 KiB is answered when it is on disk; the bare script waits for as much. */
const durablePut = (name: string, connections: number, target: number): Measure => ({
  name,
  async run(folder, progress) {
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    const ours: number[] = [];
    const theirs: number[] = [];
    const latencies: number[] = [];
    try {
      await put(server, '/bench-put/');
      const { hostname, port } = new URL(server.endpoint);
      const content = Buffer.alloc(1024, 'millrace ');
      for (let round = -WARM_ROUNDS; round < ROUNDS; round += 1) {
        const bare = join(folder, `bare-${round}`);
        await mkdir(bare);
        const script = await runBaseline('durable-put', [bare, String(MILLISECONDS), String(connections)], {
          UV_THREADPOOL_SIZE: String(connections),
        });
        const requests = Array.from({ length: REQUESTS }, (_, index) => {
          content.writeUInt32BE(index);
          return signedRequest(server, 'PUT', `/bench-put/${round}/${index}`, '', content);
        });
        const load = { host: hostname, port: Number(port), connections, milliseconds: MILLISECONDS };
        const report = await sendLoad({ ...load, repeat: false, requests });
        progress(`script ${Math.round(script)} files/s, Millrace ${Math.round(report.perSecond)} PUT/s`);
        if (round < 0) continue;
        theirs.push(script);
        ours.push(report.perSecond);
        latencies.push(report.p99);
      }
    } finally {
      await server.stop();
    }
    const ratio = median(ours) / median(theirs);
    return {
      what: `durable PUT of 1 KiB, ${connections} connections, V4-signed`,
      against: `bare script: write, fdatasync, rename, fsync of the folder, ${connections} at a time`,
      ours: spread(ours, '/s'),
      theirs: spread(theirs, '/s'),
      score: `${ratio.toFixed(2)} ×`,
      target: `≥ ${target} ×`,
      reached: ratio >= target,
      notes: [`p99 of a PUT: ${median(latencies).toFixed(1)} ms`],
    };
  },
});

export const durablePuts: readonly Measure[] = [durablePut('durable-put', 16, 2), durablePut('durable-put-64', 64, 3)];
