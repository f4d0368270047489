import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startServer } from '@millrace/testkit';
import { type LoadReport, sendLoad } from '../load.ts';
import { type Measure, makeFolder, median, spread } from '../measure.ts';
import { signedRequest } from '../signed-bytes.ts';
import { put } from './tasks.ts';

const ROUNDS = 5;
const MILLISECONDS = 3000;
const OBJECTS = 256;

async function startBare(kind: 'http' | 'raw'): Promise<{ port: number; child: ChildProcess }> {
  const script = fileURLToPath(new URL('../baselines/http-answer.ts', import.meta.url));
  const child = spawn(process.execPath, [script, kind], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { port: Number(line), child };
}

export const signedGet: Measure = {
  name: 'signed-get',
  async run(folder, progress) {
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    const bare = await startBare('http');
    const raw = await startBare('raw');
    const ours: number[] = [];
    const theirs: number[] = [];
    const latencies: number[] = [];
    const ceilings: number[] = [];
    try {
      await put(server, '/bench-get/');
      const paths = Array.from({ length: OBJECTS }, (_, index) => `/bench-get/objects/${index}`);
      for (const path of paths) {
        await put(server, path, Buffer.alloc(1024, path));
      }
      const requests = paths.map((path) => signedRequest(server, 'GET', path));
      const load = (port: number): Promise<LoadReport> =>
        sendLoad({ host: '127.0.0.1', port, connections: 16, milliseconds: MILLISECONDS, repeat: true, requests });
      for (let round = -1; round < ROUNDS; round += 1) {
        const http = await load(bare.port);
        const millrace = await load(Number(new URL(server.endpoint).port));
        progress(`node:http ${Math.round(http.perSecond)}/s, Millrace ${Math.round(millrace.perSecond)}/s`);
        if (round < 0) continue;
        theirs.push(http.perSecond);
        ours.push(millrace.perSecond);
        latencies.push(millrace.p99);
        if (round < 2) ceilings.push((await load(raw.port)).perSecond);
      }
    } finally {
      for (const { child } of [bare, raw]) child.stdin?.end();
      await server.stop();
    }
    const ratio = median(ours) / median(theirs);
    return {
      what: 'signed GET of 1 KiB, 16 connections, V4-signed',
      against: 'bare node:http answering 1 KiB',
      ours: spread(ours, '/s'),
      theirs: spread(theirs, '/s'),
      score: `${ratio.toFixed(2)} ×`,
      target: '≥ 0.25 ×',
      reached: ratio >= 0.25,
      notes: [
        `p99 of a GET: ${median(latencies).toFixed(1)} ms`,
        `the load generator reaches ${Math.round(median(ceilings)).toLocaleString('en')}/s against canned bytes`,
      ],
    };
  },
};
