import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunningServer, startServer } from '@millrace/testkit';
import { sendLoad } from '../load.ts';
import { type Measure, makeFolder, median, type Result, spread } from '../measure.ts';
import { type OtherServer, startOther } from '../programs.ts';
import { signedHead, signedRequest } from '../signed-bytes.ts';
import { put } from './tasks.ts';

const ROUNDS = 5;
const EACH = 6;
const MEBIBYTES = 64;
const BYTES = MEBIBYTES * 1024 * 1024;

/** As Debian starts it, but for one process, which serves one connection as well as many, and no log. */
const settings = (folder: string, port: number): string => `
daemon off;
master_process off;
pid ${join(folder, 'nginx.pid')};
error_log stderr crit;
events { worker_connections 64; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  server { listen 127.0.0.1:${port}; root ${folder}; }
  client_body_temp_path ${join(folder, 'bodies')};
  proxy_temp_path ${join(folder, 'proxy')};
  fastcgi_temp_path ${join(folder, 'fastcgi')};
  uwsgi_temp_path ${join(folder, 'uwsgi')};
  scgi_temp_path ${join(folder, 'scgi')};
}
`;

function startNginx(folder: string): Promise<OtherServer> {
  return startOther('nginx', async (port) => {
    const file = join(folder, 'nginx.conf');
    await writeFile(file, settings(folder, port));
    return ['-c', file, '-p', folder, '-e', 'stderr'];
  });
}

/** MiB/s of `dd` into a new file, synced, as it says itself. */
async function dd(file: string): Promise<number> {
  const child = spawn('dd', ['if=/dev/zero', `of=${file}`, 'bs=1M', `count=${MEBIBYTES}`, 'conv=fdatasync'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  await once(child, 'close');
  await rm(file);
  const seconds = Number(/copied, ([\d.e-]+) s/.exec(text)?.[1]);
  if (!(seconds > 0)) throw new Error(`dd said: ${text}`);
  return MEBIBYTES / seconds;
}

const perSecond = (milliseconds: number): number => (MEBIBYTES * 1000) / milliseconds;

/** What one client gets that moves big objects one after another: the median of each round. */
function transfer(port: number, requests: readonly Buffer[], body?: Buffer): Promise<number> {
  const load = { host: '127.0.0.1', port, connections: 1, milliseconds: 60_000, repeat: false, requests };
  return sendLoad({ ...load, ...(body && { body }) }).then((report) => {
    if (report.answers !== requests.length) throw new Error(`${report.answers} answers to ${requests.length} requests`);
    return perSecond(report.p50);
  });
}

const portOf = (server: RunningServer): number => Number(new URL(server.endpoint).port);

async function measureGet(server: RunningServer, nginx: OtherServer, body: Buffer, progress: (text: string) => void) {
  const ours: number[] = [];
  const theirs: number[] = [];
  await put(server, '/bench-big/get', body);
  for (let round = -1; round < ROUNDS; round += 1) {
    const plain = Buffer.from('GET /file HTTP/1.1\r\nHost: bench\r\n\r\n');
    const bare = await transfer(
      nginx.port,
      Array.from({ length: EACH }, () => plain),
    );
    const signed = signedRequest(server, 'GET', '/bench-big/get');
    const millrace = await transfer(
      portOf(server),
      Array.from({ length: EACH }, () => signed),
    );
    progress(`GET: nginx ${Math.round(bare)} MiB/s, Millrace ${Math.round(millrace)} MiB/s`);
    if (round < 0) continue;
    theirs.push(bare);
    ours.push(millrace);
  }
  return result(
    'GET of 64 MiB, 1 connection, V4-signed, CRC-64 verified',
    'nginx, static file, sendfile',
    0.4,
    ours,
    theirs,
  );
}

async function measurePut(server: RunningServer, folder: string, body: Buffer, progress: (text: string) => void) {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    const bare: number[] = [];
    for (let each = 0; each < EACH; each += 1) bare.push(await dd(join(folder, 'dd')));
    const heads = Array.from({ length: EACH }, (_, index) =>
      Buffer.from(signedHead(server, 'PUT', `/bench-big/put-${round}-${index}`, '', BYTES)),
    );
    const millrace = await transfer(portOf(server), heads, body);
    progress(`PUT: dd ${Math.round(median(bare))} MiB/s, Millrace ${Math.round(millrace)} MiB/s`);
    if (round < 0) continue;
    theirs.push(median(bare));
    ours.push(millrace);
  }
  return result('durable PUT of 64 MiB, 1 connection, MD5 and CRC-64', 'dd conv=fdatasync', 0.5, ours, theirs);
}

function result(what: string, against: string, target: number, ours: number[], theirs: number[]): Result {
  const ratio = median(ours) / median(theirs);
  return {
    what,
    against,
    ours: spread(ours, 'MiB/s'),
    theirs: spread(theirs, 'MiB/s'),
    score: `${ratio.toFixed(2)} ×`,
    target: `≥ ${target} ×`,
    reached: ratio >= target,
    notes: [],
  };
}

/** Big objects, one after another over one connection, as one client moves them. */
export const bigTransfers: Measure = {
  name: 'big-transfers',
  async run(folder, progress) {
    const static_ = await makeFolder(folder, 'nginx');
    const body = Buffer.alloc(BYTES, 'millrace ');
    await writeFile(join(static_, 'file'), body);
    const nginx = await startNginx(static_).catch((error: unknown) => {
      throw new Error('it takes nginx (apt-get install nginx-light)', { cause: error });
    });
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    try {
      await put(server, '/bench-big/');
      return [await measureGet(server, nginx, body, progress), await measurePut(server, folder, body, progress)];
    } finally {
      await nginx.stop();
      await server.stop();
    }
  },
};
