import { type RunningServer, startPostgres, startServer } from '@millrace/testkit';
import { sendLoad } from '../load.ts';
import { type Measure, makeFolder, median, type Result, spread } from '../measure.ts';
import { dialectOf } from '../queue-dialects.ts';
import { signedRequest } from '../signed-bytes.ts';
import { makeQueue } from './messages.ts';
import { put } from './tasks.ts';

const ROUNDS = 4;
const WARM_ROUNDS = 2;
const MILLISECONDS = 2000;
const REQUESTS = 20_000;
const PUT_CONNECTIONS = 16;
const SEND_CONNECTIONS = 64;

async function puts(server: RunningServer, round: number): Promise<number> {
  const { hostname, port } = new URL(server.endpoint);
  const content = Buffer.alloc(1024, 'millrace ');
  const requests = Array.from({ length: REQUESTS }, (_, index) => {
    content.writeUInt32BE(index);
    return signedRequest(server, 'PUT', `/bench/${round}/${index}`, '', content);
  });
  const load = { host: hostname, port: Number(port), connections: PUT_CONNECTIONS, milliseconds: MILLISECONDS };
  return (await sendLoad({ ...load, repeat: false, requests })).perSecond;
}

async function sends(server: RunningServer, round: number): Promise<number> {
  const { port, send } = dialectOf(await makeQueue(server, `bench-${round + WARM_ROUNDS}`));
  const load = { host: '127.0.0.1', port, connections: SEND_CONNECTIONS, milliseconds: MILLISECONDS };
  return (await sendLoad({ ...load, repeat: true, requests: [send(['m'.repeat(1024)])] })).perSecond;
}

interface Figures {
  ours: number[];
  theirs: number[];
}

/** A statement is a round trip, and a command is several: a part of SQLite's rate is what there is to be had. */
const TARGET = 0.1;

function resultOf(what: string, { ours, theirs }: Figures): Result {
  const ratio = median(ours) / median(theirs);
  return {
    what,
    against: 'the same with records in SQLite',
    ours: spread(ours, '/s'),
    theirs: spread(theirs, '/s'),
    score: `${ratio.toFixed(2)} ×`,
    target: `≥ ${TARGET} ×`,
    reached: ratio >= TARGET,
    notes: ['database, server and load on the same two processors, through a socket of the file system'],
  };
}

/** The same server with its records in PostgreSQL on the same machine and disk, and in SQLite. */
export const postgres: Measure = {
  name: 'postgres',
  async run(folder, progress) {
    const cluster = await startPostgres();
    const servers: RunningServer[] = [];
    const figures: Record<'puts' | 'sends', Figures> = {
      puts: { ours: [], theirs: [] },
      sends: { ours: [], theirs: [] },
    };
    try {
      const start = async (name: string, env: Record<string, string>): Promise<RunningServer> => {
        const dataFolder = await makeFolder(folder, name);
        const server = await startServer({ dataFolder, env: { MILLRACE_LOG_LEVEL: 'warn', ...env } });
        servers.push(server);
        await put(server, '/bench/');
        return server;
      };
      const sqlite = await start('sqlite', {});
      const ours = await start('postgres', { MILLRACE_DATABASE_URL: await cluster.database('bench') });
      for (let round = -WARM_ROUNDS; round < ROUNDS; round += 1) {
        for (const [name, load] of [
          ['puts', puts],
          ['sends', sends],
        ] as const) {
          const [there, here] = [await load(sqlite, round), await load(ours, round)];
          progress(`${name}: SQLite ${Math.round(there)}/s, PostgreSQL ${Math.round(here)}/s`);
          if (round < 0) continue;
          figures[name].theirs.push(there);
          figures[name].ours.push(here);
        }
      }
    } finally {
      for (const server of servers) await server.stop();
      await cluster.dispose();
    }
    return [
      resultOf(`durable PUT of 1 KiB, ${PUT_CONNECTIONS} connections, records in PostgreSQL`, figures.puts),
      resultOf(`SendMessage of 1 KiB, durable, ${SEND_CONNECTIONS} connections, records in PostgreSQL`, figures.sends),
    ];
  },
};
