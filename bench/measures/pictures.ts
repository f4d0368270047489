import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { descendants, fixture, oss, type RunningServer, startServer } from '@millrace/testkit';
import sharp from 'sharp';
import { sendLoad } from '../load.ts';
import { type Measure, makeFolder, median, type Result, runBaseline, spread, timed } from '../measure.ts';
import { signedRequest } from '../signed-bytes.ts';
import { base64, put } from './tasks.ts';

const ROUNDS = 3;
/** So long one finished picture is asked for before, as in the measure `resize`: a server in use is compiled. */
const WARM_MS = 4_000;
const MISS = 'x-millrace-cache: miss';

/** Formats of source and result, and at which quality results are written when nothing is asked. */
const kinds = [
  { format: 'jpg', quality: 80, pictures: 96 },
  { format: 'png', quality: 80, pictures: 32 },
  { format: 'webp', quality: 80, pictures: 48 },
  { format: 'avif', quality: 50, pictures: 16 },
] as const;

type Kind = (typeof kinds)[number];

/** The same scene, a little darker each time: no two are the same bytes to a cache. */
async function variants({ format, quality, pictures }: Kind, photo: Buffer): Promise<Buffer[]> {
  const made: Buffer[] = [];
  for (let index = 0; index < pictures; index += 1) {
    const pipeline = sharp(photo).linear(1 - index / 1000, 0);
    if (format === 'jpg') made.push(await pipeline.jpeg({ quality }).toBuffer());
    else if (format === 'png') made.push(await pipeline.png({ compressionLevel: 3 }).toBuffer());
    else if (format === 'webp') made.push(await pipeline.webp({ quality, effort: 1 }).toBuffer());
    else made.push(await pipeline.avif({ quality, effort: 0 }).toBuffer());
  }
  return made;
}

const processQuery = (text: string): string => `x-oss-process=${encodeURIComponent(text)}`;

async function start(folder: string, name: string, env: Record<string, string> = {}): Promise<RunningServer> {
  const dataFolder = await makeFolder(folder, name);
  return startServer({ dataFolder, env: { MILLRACE_LOG_LEVEL: 'error', ...env } });
}

/** 2000×1333 → 512. Each round asks for another width by a pixel, so that nothing is cached. */
const measureFormat = (kind: Kind): Measure => ({
  name: `picture-${kind.format}`,
  async run(folder, progress) {
    const server = await start(folder, 'data');
    try {
      await put(server, '/bench-pictures/');
      const files: string[] = [];
      for (const [index, body] of (await variants(kind, await readFile(await fixture('photo.jpg')))).entries()) {
        const name = `${index}.${kind.format}`;
        await put(server, `/bench-pictures/${name}`, body);
        files.push(join(folder, name));
        await writeFile(join(folder, name), body);
      }
      const { hostname, port } = new URL(server.endpoint);
      const order = { host: hostname, port: Number(port) };
      const request = (index: number, text: string): Buffer =>
        signedRequest(server, 'GET', `/bench-pictures/${index}.${kind.format}`, processQuery(text));
      const warm = [request(0, 'image/resize,w_512')];
      await sendLoad({ ...order, connections: 2, milliseconds: WARM_MS, repeat: true, requests: warm });
      const results: Result[] = [];
      for (const [turn, connections] of [2, 16].entries()) {
        const ours: number[] = [];
        const theirs: number[] = [];
        for (let round = -1; round < ROUNDS; round += 1) {
          const text = `image/resize,w_512/indexcrop,x_${20_000 + turn * 10 + round}`;
          const requests = files.map((_, index) => request(index, text));
          const loop = [String(connections), kind.format, String(kind.quality), ...files];
          const bare = await runBaseline('picture-loop', loop);
          const load = { ...order, connections, milliseconds: 120_000, repeat: false, requests, mustCarry: MISS };
          const { perSecond } = await sendLoad(load);
          progress(`${connections} connections: sharp ${bare.toFixed(1)}/s, Millrace ${perSecond.toFixed(1)}/s`);
          if (round < 0) continue;
          theirs.push(bare);
          ours.push(perSecond);
        }
        const ratio = median(ours) / median(theirs);
        results.push({
          what: `${kind.format} of 2000×1333, resize,w_512, uncached, ${connections} connections`,
          against: `the same sharp pipeline in a bare loop, ${connections} in flight`,
          ours: spread(ours, '/s', 1),
          theirs: spread(theirs, '/s', 1),
          score: `${ratio.toFixed(2)} ×`,
          target: '≥ 0.9 ×',
          reached: ratio >= 0.9,
          notes: kind.format === 'avif' ? ['AVIF at quality 50, effort 4'] : [],
        });
      }
      return results;
    } finally {
      await server.stop();
    }
  },
});

/** One measure a format. */
export const pictureFormats: readonly Measure[] = kinds.map(measureFormat);

const target = (key: string): string => `|sys/saveas,o_${base64(key)}`;

async function saveAs(server: RunningServer, path: string, process: string): Promise<void> {
  const body = `x-oss-process=${process}`;
  const { status, text } = await oss(server, { method: 'POST', path, query: { 'x-oss-process': '' }, body });
  if (status !== 200) throw new Error(`${process}: ${status} ${text}`);
}

/** Several operations in one string, a result that is there already, and what a picture says of itself. */
export const pictureRequests: Measure = {
  name: 'picture-requests',
  async run(folder, progress) {
    const photo = await readFile(await fixture('photo.jpg'));
    const server = await start(folder, 'data');
    try {
      await put(server, '/bench-pictures/');
      await put(server, '/bench-pictures/a.jpg', photo);
      const mark = await sharp({ create: { width: 200, height: 80, channels: 4, background: '#ff000080' } })
        .png()
        .toBuffer();
      await put(server, '/bench-pictures/mark.png', mark);
      return [await fused(server, progress), await cached(server), await described(server)];
    } finally {
      await server.stop();
    }
  },
};

async function fused(server: RunningServer, progress: (text: string) => void): Promise<Result> {
  const one: number[] = [];
  const three: number[] = [];
  for (let round = -1; round < 12; round += 1) {
    const size = 400 + round;
    // Elsewhere each time: none of the three has its result already.
    const mark = `watermark,image_${base64('mark.png').replaceAll('=', '')},g_se,x_${10 + round}`;
    const whole = await timed(() =>
      saveAs(server, '/bench-pictures/a.jpg', `image/${mark}/resize,w_${size}/format,webp${target('whole.webp')}`),
    );
    const steps = await timed(async () => {
      await saveAs(server, '/bench-pictures/a.jpg', `image/${mark}${target(`step-1-${size}.jpg`)}`);
      await saveAs(server, `/bench-pictures/step-1-${size}.jpg`, `image/resize,w_${size}${target('step-2.jpg')}`);
      await saveAs(server, '/bench-pictures/step-2.jpg', `image/format,webp${target('step-3.webp')}`);
    });
    if (round < 0) continue;
    one.push(whole);
    three.push(steps);
  }
  const ratio = median(three) / median(one);
  progress(`one string ${median(one).toFixed(0)} ms, three requests ${median(three).toFixed(0)} ms`);
  return {
    what: 'watermark, resize and format in one string',
    against: 'three requests, each saving its result',
    ours: spread(one, 'ms'),
    theirs: spread(three, 'ms'),
    score: `${ratio.toFixed(2)} × faster`,
    target: '≥ 2 × faster',
    reached: ratio >= 2,
    notes: [],
  };
}

async function cached(server: RunningServer): Promise<Result> {
  const path = '/bench-pictures/a.jpg';
  const query = processQuery('image/resize,w_512');
  const first = await oss(server, { method: 'GET', path, query: { 'x-oss-process': 'image/resize,w_512' } });
  await put(server, '/bench-pictures/plain', first.body);
  const { hostname, port } = new URL(server.endpoint);
  const order = { host: hostname, port: Number(port), connections: 16, milliseconds: 2_500, repeat: true };
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    const plain = await sendLoad({ ...order, requests: [signedRequest(server, 'GET', '/bench-pictures/plain')] });
    const hit = await sendLoad({
      ...order,
      requests: [signedRequest(server, 'GET', path, query)],
      mustCarry: 'x-millrace-cache: hit',
    });
    if (round < 0) continue;
    theirs.push(plain.perSecond);
    ours.push(hit.perSecond);
  }
  const ratio = median(ours) / median(theirs);
  return {
    what: `a result of ${first.body.length} bytes that is cached, 16 connections`,
    against: 'GET of an object of that size',
    ours: spread(ours, '/s'),
    theirs: spread(theirs, '/s'),
    score: `${ratio.toFixed(2)} ×`,
    target: '≥ 0.8 ×',
    reached: ratio >= 0.8,
    notes: [],
  };
}

/** Bytes that a process has read so far, from files and sockets. */
const bytesRead = (pid: number): number =>
  Number(/rchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? 0);

async function described(server: RunningServer): Promise<Result> {
  const noise = Buffer.alloc(4200 * 3000 * 3);
  let state = 1;
  for (let at = 0; at < noise.length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    noise[at] = state >>> 24;
  }
  const raw = { width: 4200, height: 3000, channels: 3 } as const;
  let big = Buffer.of();
  for (let quality = 98; big.length === 0 || big.length > 20 * 2 ** 20; quality -= 3) {
    big = await sharp(noise, { raw }).jpeg({ quality }).toBuffer();
  }
  const keys = Array.from({ length: 9 }, (_, index) => `/bench-pictures/big-${index}.jpg`);
  for (const key of keys) await put(server, key, big);
  const pids = [server.pid, ...descendants(server.pid).map(({ pid }) => pid)];
  const total = (): number => pids.reduce((sum, pid) => sum + bytesRead(pid), 0);
  const ms: number[] = [];
  const read: number[] = [];
  for (const [index, path] of keys.entries()) {
    const before = total();
    const took = await timed(async () => {
      const { status, text } = await oss(server, { method: 'GET', path, query: { 'x-oss-process': 'image/info' } });
      if (status !== 200) throw new Error(text);
    });
    if (index === 0) continue;
    ms.push(took);
    read.push(total() - before);
  }
  return {
    what: `info of a JPEG of ${(big.length / 2 ** 20).toFixed(1)} MiB, uncached`,
    against: '—',
    ours: spread(ms, 'ms', 1),
    theirs: '—',
    score: `${median(ms).toFixed(1)} ms, ${(Math.max(...read) / 1024).toFixed(0)} KiB read by all processes`,
    target: '≤ 5 ms, < 1 MiB',
    reached: median(ms) <= 5 && Math.max(...read) < 2 ** 20,
    notes: [],
  };
}

/** Resident memory of the server and all that it started, in bytes. */
function resident(pid: number): number {
  let sum = 0;
  for (const one of [pid, ...descendants(pid).map((process) => process.pid)]) {
    try {
      // What processes share is counted for each: only the growth is looked at.
      sum += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${one}/status`, 'utf8'))?.[1] ?? 0) * 1024;
    } catch {
      // It has ended.
    }
  }
  return sum;
}

/** A very large picture, by a server that has seen no other. */
export const pictureMemory: Measure = {
  name: 'picture-memory',
  async run(folder, progress) {
    const path = join(folder, 'enormous.jpg');
    const raw = { width: 17_000, height: 14_000, channels: 3, background: '#7799bb' } as const;
    await sharp({ create: raw, limitInputPixels: false }).jpeg({ quality: 60 }).toFile(path);
    const server = await start(folder, 'data');
    try {
      await put(server, '/bench-pictures/');
      await put(server, '/bench-pictures/enormous.jpg', await readFile(path));
      await pause(1500);
      const before = resident(server.pid);
      let most = before;
      let done = false;
      const asked = timed(async () => {
        const query = { 'x-oss-process': 'image/resize,w_200' };
        const { status, text } = await oss(server, { method: 'GET', path: '/bench-pictures/enormous.jpg', query });
        if (status !== 200) throw new Error(text);
      }).finally(() => {
        done = true;
      });
      while (!done) {
        most = Math.max(most, resident(server.pid));
        await pause(20);
      }
      const ms = await asked;
      const growth = (most - before) / 2 ** 20;
      progress(`17000×14000: ${growth.toFixed(0)} MiB more, ${ms.toFixed(0)} ms`);
      return {
        what: '17000×14000 JPEG, resize,w_200: growth of all processes',
        against: '—',
        ours: `${growth.toFixed(0)} MiB`,
        theirs: '—',
        score: `${growth.toFixed(0)} MiB`,
        target: '≤ 150 MiB',
        reached: growth <= 150,
        notes: [`took ${(ms / 1000).toFixed(1)} s`],
      };
    } finally {
      await server.stop();
    }
  },
};

/** How long it is kept up, in seconds. */
const OVERLOAD_SECONDS = 60;
/** Requests a second beyond what the server can do. */
const BEYOND = 200;

interface Taken {
  status: number;
  ms: number;
  retry: boolean;
}

/** More mixed requests than can be served: what is turned away, how soon, and what those who are served notice of it. */
export const pictureOverload: Measure = {
  name: 'picture-overload',
  async run(folder, progress) {
    const server = await start(folder, 'data');
    try {
      await put(server, '/bench-pictures/');
      await put(server, '/bench-pictures/a.jpg', await readFile(await fixture('photo.jpg')));
      let asked = 0;
      const mixed = async (): Promise<Taken> => {
        asked += 1;
        const tail = ['format,jpg', 'format,webp', 'watermark,text_SGVsbG8,size_30', 'sharpen,100', 'circle,r_100'][
          asked % 5
        ];
        const query = { 'x-oss-process': `image/resize,w_${300 + (asked % 200)}/indexcrop,x_${2000 + asked}/${tail}` };
        const began = performance.now();
        const { status, headers } = await oss(server, { method: 'GET', path: '/bench-pictures/a.jpg', query });
        return { status, ms: performance.now() - began, retry: headers['retry-after'] !== undefined };
      };
      // A server in use is compiled, and its workers have started.
      for (let index = 0; index < 150; index += 1) await mixed();
      const unloaded: number[] = [];
      const began = performance.now();
      for (let index = 0; index < 200; index += 1) unloaded.push((await mixed()).ms);
      const capacity = (2 * 200_000) / (performance.now() - began);
      const taken: Promise<Taken>[] = [];
      const memory: number[] = [];
      const perTick = (capacity + BEYOND) / 50;
      for (let tick = 0, due = 0; tick < OVERLOAD_SECONDS * 50; tick += 1) {
        for (due += perTick; due >= 1; due -= 1) taken.push(mixed());
        if (tick % 50 === 0) memory.push(resident(server.pid));
        await pause(20);
      }
      const all = await Promise.all(taken);
      const served = all.filter(({ status }) => status === 200).map(({ ms }) => ms);
      const away = all.filter(({ status, retry }) => status === 503 && retry).map(({ ms }) => ms);
      const p99 = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0;
      progress(`${all.length} asked, ${served.length} served, ${away.length} turned away`);
      const half = memory.length >> 1;
      const growth = Math.max(...memory.slice(half)) / Math.max(...memory.slice(0, half));
      const slow = p99(served) / p99(unloaded);
      return {
        what: `${BEYOND} mixed requests a second beyond capacity for ${OVERLOAD_SECONDS} s`,
        against: 'the same requests one by one',
        ours: `served: p99 ${p99(served).toFixed(0)} ms; turned away: p99 ${p99(away).toFixed(0)} ms`,
        theirs: `p99 ${p99(unloaded).toFixed(0)} ms`,
        score: `p99 ${slow.toFixed(1)} ×, 503 within ${p99(away).toFixed(0)} ms`,
        target: '≤ 3 ×, within 100 ms, nothing else',
        reached: slow <= 3 && p99(away) <= 100 && served.length + away.length === all.length,
        notes: [`memory of the second half ${growth.toFixed(2)} × that of the first`],
      };
    } finally {
      await server.stop();
    }
  },
};
