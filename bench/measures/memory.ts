import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { oss, type RunningServer, startServer } from '@millrace/testkit';
import { type Measure, makeFolder, median } from '../measure.ts';
import { signedHead } from '../signed-bytes.ts';
import { put } from './tasks.ts';

const ROUNDS = 2;
const MEBIBYTES = 1024;
const LIMIT = 200;

/** The most memory the process has held since `forgetPeak`, in MiB, as the kernel counted it. */
export async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

export const forgetPeak = (pid: number): Promise<void> => writeFile(`/proc/${pid}/clear_refs`, '5');

function start(server: RunningServer, method: string, path: string, length: number): ClientRequest {
  const lines = signedHead(server, method, path, '', length).trimEnd().split('\r\n').slice(1);
  const headers = Object.fromEntries(lines.map((line) => line.split(': ', 2)));
  return request(server.endpoint + path, { method, headers });
}

async function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  if (answer.statusCode !== 200) throw new Error(`${sent.method} ${sent.path}: ${answer.statusCode}`);
  return answer;
}

async function putBig(server: RunningServer, path: string): Promise<void> {
  const piece = Buffer.alloc(1024 * 1024);
  const sent = start(server, 'PUT', path, MEBIBYTES * piece.length);
  const send = async (): Promise<void> => {
    for (let number = 0; number < MEBIBYTES; number += 1) {
      if (!sent.write(Buffer.from(piece))) await once(sent, 'drain');
    }
    sent.end();
  };
  const [answer] = await Promise.all([answerTo(sent), send()]);
  answer.resume();
}

async function getBig(server: RunningServer, path: string): Promise<void> {
  const sent = start(server, 'GET', path, 0);
  sent.end();
  let received = 0;
  for await (const piece of await answerTo(sent)) received += piece.length;
  if (received !== MEBIBYTES * 1024 * 1024) throw new Error(`GET ${path}: ${received} bytes`);
}

export const memory: Measure = {
  name: 'memory',
  async run(folder, progress) {
    const puts: number[] = [];
    const gets: number[] = [];
    const idle: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      // A server of its own each time: memory that an earlier round left behind would be counted.
      const server = await startServer({ dataFolder: await makeFolder(folder, `data-${round}`) });
      try {
        await put(server, '/bench-memory/');
        await forgetPeak(server.pid);
        idle.push(await peakOf(server.pid));
        await putBig(server, '/bench-memory/big');
        puts.push(await peakOf(server.pid));
        await forgetPeak(server.pid);
        await getBig(server, '/bench-memory/big');
        gets.push(await peakOf(server.pid));
        progress(`idle ${idle.at(-1)?.toFixed(0)}, PUT ${puts.at(-1)?.toFixed(0)}, GET ${gets.at(-1)?.toFixed(0)} MiB`);
        await oss(server, { method: 'DELETE', path: '/bench-memory/big' });
      } finally {
        await server.stop();
      }
    }
    const worst = Math.max(...puts, ...gets);
    return {
      what: 'resident memory of the server during a 1 GiB PUT and GET',
      against: 'the same server at rest',
      ours: `PUT ${median(puts).toFixed(0)} MiB, GET ${median(gets).toFixed(0)} MiB`,
      theirs: `${median(idle).toFixed(0)} MiB`,
      score: `${worst.toFixed(0)} MiB at most (${(worst / median(idle)).toFixed(2)} ×)`,
      target: `≤ ${LIMIT} MiB`,
      reached: worst <= LIMIT,
      notes: ['peak of the kernel’s own count (VmHWM) over all runs'],
    };
  },
};
