import { join } from 'node:path';
import { contractCommandsUrl, run } from '@millrace/server/stores/contract/record-commands';
import { messageRow } from '@millrace/server/stores/contract/record-samples';
import { openSqliteStore } from '@millrace/server/stores/sqlite/sqlite-record-store';
import { mns, type RunningServer, startServer } from '@millrace/testkit';
import { sendLoad } from '../load.ts';
import { type Measure, makeFolder, median, spread } from '../measure.ts';
import { dialectOf } from '../queue-dialects.ts';
import { makeQueue } from './messages.ts';

const MANY = 1_000_000;
const FEW = 1_000;
const ROUNDS = 4;
/** Queues that hold few messages and are emptied in one round. */
const QUEUES_A_ROUND = 8;
const CONNECTIONS = 16;
const ROWS_AT_ONCE = 1_000;

const few = (round: number, index: number): string => `few-${round}-${index}`;

/** Stops the server, puts that many messages into a queue as sends would have left them there, and starts it again. */
async function fill(server: RunningServer, contents: ReadonlyMap<string, number>): Promise<void> {
  await server.kill('SIGTERM');
  const store = await openSqliteStore({ folder: join(server.dataFolder, 'records'), commands: contractCommandsUrl });
  const nowMs = Date.now();
  const body = 'm'.repeat(1024);
  try {
    for (const [name, count] of contents) {
      const queue = await store.reads.queues.byName(server.accountId, name);
      if (queue === undefined) throw new Error(`there is no queue ${name}`);
      const row = messageRow({ queueId: queue.id, body, enqueuedMs: nowMs, visibleMs: nowMs, expiresMs: nowMs + 9e7 });
      const steps = Array.from({ length: ROWS_AT_ONCE }, () => ['messages', 'insert', row] as const);
      for (let sent = 0; sent < count; sent += ROWS_AT_ONCE) await run(store, steps.slice(0, count - sent));
    }
  } finally {
    await store.close();
  }
  await server.restart();
}

/** Receives by single requests; those of one side come from a queue that holds a million, of the other from short ones. */
export const retainedMessages: Measure = {
  name: 'retained-messages',
  async run(folder, progress) {
    const env = { MILLRACE_LOG_LEVEL: 'warn' };
    const full = await startServer({ dataFolder: await makeFolder(folder, 'full'), env });
    const small = await startServer({ dataFolder: await makeFolder(folder, 'small'), env });
    const settings = '<VisibilityTimeout>43200</VisibilityTimeout>';
    const ours: number[] = [];
    const theirs: number[] = [];
    const received = async (server: RunningServer, queues: readonly string[]): Promise<number> => {
      const dialects = await Promise.all(
        queues.map(async (queue) => dialectOf(await makeQueue(server, queue, settings))),
      );
      const requests = dialects.flatMap((dialect) =>
        Array.from({ length: (FEW / queues.length) * QUEUES_A_ROUND }, () => dialect.receive()),
      );
      const port = Number(new URL(server.endpoint).port);
      const order = { host: '127.0.0.1', port, connections: CONNECTIONS, milliseconds: 60_000, repeat: false };
      return (await sendLoad({ ...order, requests })).perSecond;
    };
    try {
      await makeQueue(full, 'many', settings);
      const shorts = new Map<string, number>();
      for (let round = -1; round < ROUNDS; round += 1) {
        for (let index = 0; index < QUEUES_A_ROUND; index += 1) shorts.set(few(round, index), FEW);
      }
      for (const queue of shorts.keys()) await makeQueue(small, queue, settings);
      await fill(small, shorts);
      await fill(full, new Map([['many', MANY]]));
      for (let round = -1; round < ROUNDS; round += 1) {
        const queues = Array.from({ length: QUEUES_A_ROUND }, (_, index) => few(round, index));
        const short = await received(small, queues);
        const many = await received(full, ['many']);
        progress(`of 1 k ${Math.round(short)}/s, of 1 M ${Math.round(many)}/s`);
        if (round < 0) continue;
        ours.push(many);
        theirs.push(short);
      }
      const { text } = await mns(full, { method: 'GET', path: '/queues/many' });
      progress(/<ActiveMessages>\d+</.exec(text)?.[0] ?? text);
    } finally {
      await full.stop();
      await small.stop();
    }
    const ratio = median(ours) / median(theirs);
    return {
      what: `receive with 1 M retained messages of 1 KiB, ${CONNECTIONS} connections`,
      against: 'the same with 1 k retained',
      ours: spread(ours, '/s'),
      theirs: spread(theirs, '/s'),
      score: `${ratio.toFixed(2)} ×`,
      target: '≥ 0.8 ×',
      reached: ratio >= 0.8,
      notes: [],
    };
  },
};
