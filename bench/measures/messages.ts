import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mns, type RunningServer, startServer } from '@millrace/testkit';
import { sendCycles } from '../cycles.ts';
import { sendLoad } from '../load.ts';
import { type Measure, makeFolder, median, type Result, runBaseline, spread } from '../measure.ts';
import { dialectOf, type QueueAddress } from '../queue-dialects.ts';
import { ELASTICMQ, startElasticMq } from './elasticmq.ts';

const ROUNDS = 4;
const MILLISECONDS = 2000;
const CONNECTIONS = 64;
const BATCH = 16;
const body = 'm'.repeat(1024);

export async function makeQueue(server: RunningServer, queue: string, settings = ''): Promise<QueueAddress> {
  const document = `<Queue>${settings}</Queue>`;
  const { status, text } = await mns(server, { method: 'PUT', path: `/queues/${queue}`, body: document });
  if (status > 299) throw new Error(`PUT ${queue}: ${status} ${text}`);
  const { endpoint, region, accessKeyId, accessKeySecret } = server;
  return { protocol: 'mns', target: { endpoint, region, accessKeyId, accessKeySecret }, queue };
}

/** Messages a second, sent so many in a request. */
async function sent(address: QueueAddress, inBatch: number): Promise<number> {
  const { port, send } = dialectOf(address);
  const request = send(Array.from({ length: inBatch }, () => body));
  const order = { host: '127.0.0.1', port, connections: CONNECTIONS, milliseconds: MILLISECONDS };
  const { perSecond } = await sendLoad({ ...order, repeat: true, requests: [request] });
  return perSecond * inBatch;
}

interface Figures {
  bare: number[];
  single: number[];
  batched: number[];
  cycles: number[];
  peerSingle: number[];
  peerCycles: number[];
}

function resultsOf({ bare, single, batched, cycles, peerSingle, peerCycles }: Figures): Result[] {
  const peer = `ElasticMQ ${ELASTICMQ}, over REST`;
  const note = 'ElasticMQ keeps messages in memory only and does not check a signature';
  const line = (
    what: string,
    against: string,
    [ours, theirs]: [number[], number[]],
    least: number,
    notes: string[] = [],
  ): Result => ({
    what,
    against,
    ours: spread(ours, '/s'),
    theirs: spread(theirs, '/s'),
    score: `${(median(ours) / median(theirs)).toFixed(2)} ×`,
    target: `≥ ${least} ×`,
    reached: median(ours) / median(theirs) >= least,
    notes,
  });
  const send = `SendMessage of 1 KiB, durable, ${CONNECTIONS} connections`;
  const cycle = `send + receive + delete of 1 KiB, ${CONNECTIONS} connections`;
  return [
    line(send, `bare group-commit insert of the record store, ${CONNECTIONS} at a time`, [single, bare], 0.25),
    line(send, peer, [single, peerSingle], 2, [note]),
    line(`batches of ${BATCH} × 1 KiB, messages sent`, 'sent one by one', [batched, single], 4),
    line(cycle, peer, [cycles, peerCycles], 2, [note]),
  ];
}

/** Messages of 1 KiB, sent one by one and in batches, and taken through their whole life. */
export const messages: Measure = {
  name: 'messages',
  async run(folder, progress) {
    const figures: Figures = { bare: [], single: [], batched: [], cycles: [], peerSingle: [], peerCycles: [] };
    const other = await startElasticMq(folder);
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    const peer: QueueAddress = { protocol: 'sqs', endpoint: `http://127.0.0.1:${other.port}`, queue: 'bench' };
    try {
      for (let round = -1; round < ROUNDS; round += 1) {
        const rows = join(folder, `bare-${round}`);
        await mkdir(rows);
        const order = { connections: CONNECTIONS, milliseconds: MILLISECONDS, body };
        const cycled = await makeQueue(server, `cycles-${round}`);
        const taken: Record<keyof Figures, number> = {
          bare: await runBaseline('message-insert', [rows, String(MILLISECONDS), String(CONNECTIONS)]),
          single: await sent(await makeQueue(server, `single-${round}`), 1),
          batched: await sent(await makeQueue(server, `batched-${round}`), BATCH),
          cycles: (await sendCycles({ ...order, address: cycled })).perSecond,
          // Before the sends, which leave it a queue as long as they are quick.
          peerCycles: (await sendCycles({ ...order, address: peer })).perSecond,
          peerSingle: await sent(peer, 1),
        };
        const shown = Object.entries(taken).map(([name, value]) => `${name} ${Math.round(value)}/s`);
        progress(shown.join(', '));
        // The first round warms all of them up.
        if (round < 0) continue;
        for (const name of Object.keys(figures) as (keyof Figures)[]) figures[name].push(taken[name]);
      }
    } finally {
      await server.stop();
      await other.stop();
    }
    return resultsOf(figures);
  },
};
