import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServer } from '@millrace/testkit';
import { Downloader, Oss, Uploader } from 'millrace';
import { type Measure, makeFolder, median, type Result, runProgram, spread, timed } from '../measure.ts';

const ROUNDS = 3;
const MIB = 1024 ** 2;
const SIZE = Number(process.env.MILLRACE_BENCH_TRANSFER_MIB ?? 1024) * MIB;
const LARGE = Number(process.env.MILLRACE_BENCH_LARGE_MIB ?? 5120) * MIB;
const STARTS = 9;
const FILES = 5000;
const FILE_BYTES = 4096;
const AT_ONCE = 16;
const root = fileURLToPath(new URL('../..', import.meta.url));
const baseline = (name: string): string => join(root, 'bench', 'baselines', name);

/** Bytes that do not repeat within a block, so that nothing on the way can save work. */
async function makeFile(path: string, size: number): Promise<void> {
  await using file = await open(path, 'w');
  const block = Buffer.alloc(8 * MIB);
  for (let at = 0; at < block.length; at += 4) block.writeUInt32LE(Math.imul(at, 2654435761) >>> 0, at);
  for (let at = 0; at < size; at += block.length) {
    block.writeDoubleLE(at, 0);
    await file.write(block.subarray(0, Math.min(block.length, size - at)));
  }
}

/** The SDK's transfers beside those of curl, over the same server; its memory with a large file; the start of the CLI. */
export const sdkTransfers: Measure = {
  name: 'sdk-transfers',
  async run(folder, progress) {
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    const { endpoint, region, accessKeyId, accessKeySecret } = server;
    const oss = new Oss({ endpoint, region, accessKeyId, accessKeySecret });
    const bucket = 'bench-sdk';
    const file = join(folder, 'source');
    const took = { up: [] as number[], down: [] as number[], curlUp: [] as number[], curlDown: [] as number[] };
    const others: Other[] = [
      {
        name: 'ali-oss, multipart of 8 MiB, 4 at once; one GET',
        least: 1,
        command: [process.execPath, baseline('ali-oss-transfers.ts')],
      },
      {
        name: 'oss2, 4 threads',
        least: 1,
        command: [join(root, '.cache/venv/bin/python'), baseline('oss2-transfers.py')],
      },
      { name: 'Go V2 uploader and downloader', least: 0.8, command: [join(folder, 'go-transfers')] },
    ].map((other) => ({ ...other, up: [], down: [] }));
    let memory = 0;
    let small: Result[] = [];
    try {
      await oss.putBucket({ bucket });
      await makeFile(file, SIZE);
      const goModule = join(root, 'tests/wire/go');
      await runProgram('go', [
        'build',
        '-C',
        goModule,
        '-o',
        join(folder, 'go-transfers'),
        baseline('go-transfers.go'),
      ]);
      const to = [endpoint, region, accessKeyId, accessKeySecret, bucket];
      const put = (await oss.presign('PutObject', { bucket, key: 'curl' }, { expires: 3600 })).url;
      const get = (await oss.presign('GetObject', { bucket, key: 'curl' }, { expires: 3600 })).url;
      for (let round = -1; round < ROUNDS; round += 1) {
        const curlUp = await timed(() => runProgram('curl', ['-sSf', '-T', file, put]));
        const up = await timed(() => new Uploader(oss).uploadFile({ bucket, key: 'sdk' }, file));
        const curlDown = await timed(() => runProgram('curl', ['-sSf', '-o', join(folder, 'by-curl'), get]));
        const down = await timed(() =>
          new Downloader(oss).downloadFile({ bucket, key: 'sdk' }, join(folder, 'by-sdk')),
        );
        for (const other of others) {
          const told = await movedBy(other.command, [...to, file, join(folder, 'by-other')]);
          progress(`${other.name}: ${Math.round(told.up)}/${Math.round(told.down)} ms`);
          if (round < 0) continue;
          other.up.push(told.up);
          other.down.push(told.down);
        }
        progress(`curl ${Math.round(curlUp)}/${Math.round(curlDown)} ms, SDK ${Math.round(up)}/${Math.round(down)} ms`);
        if (round < 0) continue;
        took.up.push(up);
        took.down.push(down);
        took.curlUp.push(curlUp);
        took.curlDown.push(curlDown);
      }
      small = await smallFilesOf(to, folder, progress);
      await rm(file);
      await makeFile(file, LARGE);
      const program = fileURLToPath(new URL('../baselines/sdk-upload.ts', import.meta.url));
      const words = [program, endpoint, accessKeyId, accessKeySecret, bucket, 'large', file];
      // Types are stripped once, and not in the run that is looked at: a published package has none.
      const compiled = { NODE_COMPILE_CACHE: join(folder, 'compiled') };
      await runProgram(process.execPath, words, compiled);
      memory = Number(await runProgram(process.execPath, words, compiled)) / MIB;
    } finally {
      await server.stop();
    }
    const compared = (what: string, ours: number[], against: string, theirs: number[], least: number): Result => {
      const ratio = median(theirs) / median(ours);
      return {
        what: `${what} with the SDK`,
        against,
        ours: spread(ours, 'ms'),
        theirs: spread(theirs, 'ms'),
        score: `${ratio.toFixed(2)} × its speed`,
        target: `≥ ${least} ×`,
        reached: ratio >= least,
        notes: [],
      };
    };
    const large = `of ${SIZE / MIB} MiB`;
    const start = await startOfCli();
    return [
      compared(`upload ${large}`, took.up, 'curl, one request', took.curlUp, 0.9),
      compared(`download ${large}`, took.down, 'curl, one request', took.curlDown, 0.9),
      ...others.flatMap(({ name, least, up, down }) => [
        compared(`upload ${large}`, took.up, name, up, least),
        compared(`download ${large}`, took.down, name, down, least),
      ]),
      ...small,
      {
        what: `memory for an upload of ${LARGE / MIB} MiB`,
        against: '–',
        ours: `${Math.round(memory)} MiB`,
        theirs: '–',
        score: `${Math.round(memory)} MiB`,
        target: '≤ 150 MiB',
        reached: memory <= 150,
        notes: ['resident, at most, of the whole process'],
      },
      {
        what: 'start of the command line, --version',
        against: '–',
        ours: spread(start, 'ms'),
        theirs: '–',
        score: `${Math.round(median(start))} ms`,
        target: '≤ 120 ms',
        reached: median(start) <= 120,
        notes: [],
      },
    ];
  },
};

interface Other {
  name: string;
  command: string[];
  least: number;
  up: number[];
  down: number[];
}

async function movedBy([command = '', ...words]: string[], more: string[]): Promise<{ up: number; down: number }> {
  return JSON.parse(await runProgram(command, [...words, ...more]));
}

/** Thousands of small files, by this SDK and by `ali-oss`, each in a process of its own and in turns. */
async function smallFilesOf(to: string[], folder: string, progress: (text: string) => void): Promise<Result[]> {
  const source = await makeFolder(folder, 'small');
  for (let at = 0; at < FILES; at++) await writeFile(join(source, String(at)), Buffer.alloc(FILE_BYTES, `${at} `));
  const sides = ['sdk-transfers.ts', 'ali-oss-transfers.ts'].map((name) => ({
    name,
    up: [] as number[],
    down: [] as number[],
  }));
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const side of sides) {
      // Replacing a file costs more than making one: each round has a folder of its own.
      const target = await makeFolder(folder, `small-${side.name}-${round}`);
      const words = [...to, source, target, String(FILES), String(AT_ONCE)];
      const told = await movedBy([process.execPath, baseline(side.name)], words);
      await rm(target, { recursive: true });
      progress(`${FILES} files, ${side.name}: ${Math.round(told.up)}/${Math.round(told.down)} ms`);
      if (round < 0) continue;
      side.up.push(told.up);
      side.down.push(told.down);
    }
  }
  const [ours, theirs] = sides;
  if (!ours || !theirs) return [];
  return (['up', 'down'] as const).map((way) => {
    const ratio = median(theirs[way]) / median(ours[way]);
    return {
      what: `${way}load of ${FILES} files of ${FILE_BYTES / 1024} KiB, ${AT_ONCE} at once`,
      against: 'ali-oss put and get',
      ours: spread(ours[way], 'ms'),
      theirs: spread(theirs[way], 'ms'),
      score: `${ratio.toFixed(2)} × its speed`,
      target: '≥ 1.5 ×',
      reached: ratio >= 1.5,
      notes: [],
    };
  });
}

async function startOfCli(): Promise<number[]> {
  const program = fileURLToPath(new URL('../../bin/millrace', import.meta.url));
  const took: number[] = [];
  for (let at = 0; at < STARTS; at++) took.push(await timed(() => runProgram(program, ['--version'])));
  return took;
}
