import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServer } from '@millrace/testkit';
import { type LoadReport, sendLoad } from '../load.ts';
import { type Measure, makeFolder, median, type Result, runProgram, spread } from '../measure.ts';
import { startOther } from '../programs.ts';
import { signedHead, type Target } from '../signed-bytes.ts';
import { put } from './tasks.ts';

const VERSION = '3.7.1';
const ROUNDS = 3;
const MILLISECONDS = 2000;
const BIG = 64 * 1024 * 1024;
const SMALL = 1024;

/** Installed beside the project, at a fixed version: it is a peer to compare with, and no part of anything. */
export async function installedPeer(name: string, version: string, program: string): Promise<string> {
  const folder = fileURLToPath(new URL(`../../.cache/peer/${name}`, import.meta.url));
  const path = join(folder, 'node_modules', name, 'bin', program);
  if (existsSync(path)) return path;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await runProgram('npm', ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', `${name}@${version}`]);
  return path;
}

/** Header lines of an S3 V2-signed request: what s3rver implements in full, by its own account. */
function s3Head(method: string, path: string, length: number): string {
  const date = new Date().toUTCString();
  const signature = createHmac('sha1', 'S3RVER')
    .update(`${method}\n\n\n\nx-amz-date:${date}\n${path}`)
    .digest('base64');
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    `x-amz-date: ${date}`,
    `Authorization: AWS S3RVER:${signature}`,
  ];
  if (method === 'PUT') lines.push(`Content-Length: ${length}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

interface Server {
  port: number;
  head(method: string, path: string, length: number): string;
}

interface Work {
  what: string;
  method: 'PUT' | 'GET';
  bytes: number;
  connections: number;
  requests: number;
}

const works: readonly Work[] = [
  { what: 'durable PUT of 1 KiB, 16 connections', method: 'PUT', bytes: SMALL, connections: 16, requests: 20_000 },
  { what: 'GET of 1 KiB, 16 connections', method: 'GET', bytes: SMALL, connections: 16, requests: 256 },
  { what: 'PUT of 64 MiB, 1 connection', method: 'PUT', bytes: BIG, connections: 1, requests: 4 },
  { what: 'GET of 64 MiB, 1 connection', method: 'GET', bytes: BIG, connections: 1, requests: 4 },
];

function load(server: Server, work: Work, round: number): Promise<LoadReport> {
  const { method, bytes, connections } = work;
  // What is read are the objects of the round that warmed up.
  const name = method === 'GET' ? -1 : round;
  const requests = Array.from({ length: work.requests }, (_, index) =>
    Buffer.from(server.head(method, `/bench-peer/${bytes}-${name}-${index}`, bytes)),
  );
  const order = { host: '127.0.0.1', port: server.port, connections, requests };
  const small = bytes === SMALL;
  const time = { milliseconds: small && round >= 0 ? MILLISECONDS : 60_000, repeat: small && method === 'GET' };
  if (method === 'GET') return sendLoad({ ...order, ...time, ...(small && { milliseconds: MILLISECONDS }) });
  // To warm up, as many as will be read.
  const sent = round < 0 && small ? requests.slice(0, 256) : requests;
  return sendLoad({ ...order, ...time, requests: sent, body: Buffer.alloc(bytes, 'millrace ') });
}

/** The same work for Millrace and another store in Node.js, each by its own signature. */
export const peer: Measure = {
  name: 'peer',
  async run(folder, progress) {
    const program = await installedPeer('s3rver', VERSION, 's3rver.js');
    const data = await makeFolder(folder, 'peer');
    const bucket = ['--configure-bucket', 'bench-peer'];
    const other = await startOther(process.execPath, (port) => [
      ...[program, '-d', data, '-a', '127.0.0.1', '-p', String(port), '-s', ...bucket],
    ]);
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    const results: Result[] = [];
    try {
      await put(server, '/bench-peer/');
      const target: Target = server;
      const millrace: Server = {
        port: Number(new URL(server.endpoint).port),
        head: (method, path, length) => signedHead(target, method, path, '', length),
      };
      const s3rver: Server = { port: other.port, head: s3Head };
      for (const work of works) {
        const ours: number[] = [];
        const theirs: number[] = [];
        for (let round = -1; round < ROUNDS; round += 1) {
          const bare = (await load(s3rver, work, round)).perSecond;
          const mine = (await load(millrace, work, round)).perSecond;
          progress(`${work.what}: s3rver ${bare.toFixed(1)}/s, Millrace ${mine.toFixed(1)}/s`);
          if (round < 0) continue;
          theirs.push(bare);
          ours.push(mine);
        }
        const ratio = median(ours) / median(theirs);
        const digits = work.bytes === SMALL ? 0 : 1;
        results.push({
          what: work.what,
          against: `s3rver ${VERSION}`,
          ours: spread(ours, '/s', digits),
          theirs: spread(theirs, '/s', digits),
          score: `${ratio.toFixed(2)} ×`,
          target: '> 1 ×',
          reached: ratio > 1,
          notes: work.method === 'PUT' ? ['s3rver answers before the bytes are on disk, and keeps no CRC-64'] : [],
        });
      }
    } finally {
      await other.stop();
      await server.stop();
    }
    return results;
  },
};
