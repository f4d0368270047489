import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningServer, startServer } from '@millrace/testkit';
import { Oss } from 'millrace';
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

interface Place {
  server: RunningServer;
  bucket: string;
  folder: string;
  progress(text: string): void;
}

/** One row or two in a run of its own, so that none takes longer than a machine can be had for. */
const measure = (what: string, run: (place: Place) => Promise<Result | readonly Result[]>): Measure => ({
  name: `sdk-transfers-${what}`,
  async run(folder, progress) {
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    try {
      const { endpoint, region, accessKeyId, accessKeySecret } = server;
      const bucket = 'bench-sdk';
      await new Oss({ endpoint, region, accessKeyId, accessKeySecret }).putBucket({ bucket });
      return await run({ server, bucket, folder, progress });
    } finally {
      await server.stop();
    }
  },
});

interface Took {
  up: number;
  down: number;
}

const addressOf = ({ server, bucket }: Place): string[] => {
  const { endpoint, region, accessKeyId, accessKeySecret } = server;
  return [endpoint, region, accessKeyId, accessKeySecret, bucket];
};

async function movedBy([command = '', ...words]: readonly string[], more: readonly string[]): Promise<Took> {
  return JSON.parse(await runProgram(command, [...words, ...more]));
}

const SDK = [process.execPath, baseline('sdk-transfers.ts')];

/** The SDK and another client, each in a process of its own, in turns. */
async function compared(
  rows: { what: string; against: string; least: number },
  rounds: (round: number) => Promise<[ours: Took, theirs: Took]>,
  { progress }: Place,
): Promise<Result[]> {
  const ours: Took[] = [];
  const theirs: Took[] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    const [mine, other] = await rounds(round);
    const told = ({ up, down }: Took): string => `${Math.round(up)}/${Math.round(down)} ms`;
    progress(`SDK ${told(mine)}, ${rows.against} ${told(other)}`);
    if (round < 0) continue;
    ours.push(mine);
    theirs.push(other);
  }
  return (['up', 'down'] as const).map((way) => {
    const [mine, other] = [ours, theirs].map((all) => all.map((took) => took[way]));
    const ratio = median(other ?? []) / median(mine ?? []);
    return {
      what: `${way}load of ${rows.what} with the SDK`,
      against: rows.against,
      ours: spread(mine ?? [], 'ms'),
      theirs: spread(other ?? [], 'ms'),
      score: `${ratio.toFixed(2)} × its speed`,
      target: `≥ ${rows.least} ×`,
      reached: ratio >= rows.least,
      notes: [],
    };
  });
}

/** One large file, against a client that takes the same words and tells the same figures. */
const large = (
  what: string,
  against: string,
  least: number,
  client: (place: Place) => Promise<(more: readonly string[]) => Promise<Took>>,
): Measure =>
  measure(what, async (place) => {
    const file = join(place.folder, 'source');
    await makeFile(file, SIZE);
    const move = await client(place);
    const words = [...addressOf(place), file, join(place.folder, 'target')];
    const rounds = async (): Promise<[Took, Took]> => {
      const theirs = await move(words);
      return [await movedBy(SDK, words), theirs];
    };
    return await compared({ what: `${SIZE / MIB} MiB`, against, least }, rounds, place);
  });

const program =
  (...command: string[]) =>
  async () =>
  (more: readonly string[]) =>
    movedBy(command, more);

const curl = large('curl', 'curl, one request', 0.9, async ({ server, bucket, folder }) => {
  const { endpoint, region, accessKeyId, accessKeySecret } = server;
  const oss = new Oss({ endpoint, region, accessKeyId, accessKeySecret });
  const object = { bucket, key: 'curl' };
  const put = (await oss.presign('PutObject', object, { expires: 3600 })).url;
  const get = (await oss.presign('GetObject', object, { expires: 3600 })).url;
  return async () => ({
    up: await timed(() => runProgram('curl', ['-sSf', '-T', join(folder, 'source'), put])),
    down: await timed(() => runProgram('curl', ['-sSf', '-o', join(folder, 'target'), get])),
  });
});

const aliOss = large(
  'ali-oss',
  'ali-oss, multipart of 8 MiB, 4 at once; one GET',
  1,
  program(process.execPath, baseline('ali-oss-transfers.ts')),
);

const oss2 = large(
  'oss2',
  'oss2, 4 threads',
  1,
  program(join(root, '.cache/venv/bin/python'), baseline('oss2-transfers.py')),
);

const go = large('go', 'Go V2 uploader and downloader', 0.8, async ({ folder }) => {
  const made = join(folder, 'go-transfers');
  await runProgram('go', ['build', '-C', join(root, 'tests/wire/go'), '-o', made, baseline('go-transfers.go')]);
  return (more) => movedBy([made], more);
});

/** Thousands of small files, by this SDK and by `ali-oss`, with as many at once. */
const small = measure('small', async (place) => {
  const source = await makeFolder(place.folder, 'small');
  for (let at = 0; at < FILES; at++) await writeFile(join(source, String(at)), Buffer.alloc(FILE_BYTES, `${at} `));
  const what = `${FILES} files of ${FILE_BYTES / 1024} KiB, ${AT_ONCE} at once,`;
  const rounds = async (round: number): Promise<[Took, Took]> => {
    const move = async (name: string): Promise<Took> => {
      // Replacing a file costs more than making one: each round has a folder of its own.
      const target = await makeFolder(place.folder, `${name}-${round}`);
      const words = [...addressOf(place), source, target, String(FILES), String(AT_ONCE)];
      const took = await movedBy([process.execPath, baseline(name)], words);
      await rm(target, { recursive: true });
      return took;
    };
    const theirs = await move('ali-oss-transfers.ts');
    return [await move('sdk-transfers.ts'), theirs];
  };
  return await compared({ what, against: 'ali-oss put and get', least: 1.5 }, rounds, place);
});

const memory = measure('memory', async ({ server, bucket, folder }) => {
  const { endpoint, accessKeyId, accessKeySecret } = server;
  const file = join(folder, 'large');
  await makeFile(file, LARGE);
  const words = [baseline('sdk-upload.ts'), endpoint, accessKeyId, accessKeySecret, bucket, 'large'];
  // Types are stripped once, and not in the run that is looked at: a published package has none.
  const compiled = { NODE_COMPILE_CACHE: join(folder, 'compiled') };
  await runProgram(process.execPath, [...words, fileURLToPath(import.meta.url)], compiled);
  const most = Number(await runProgram(process.execPath, [...words, file], compiled)) / MIB;
  return {
    what: `memory for an upload of ${LARGE / MIB} MiB`,
    against: '–',
    ours: `${Math.round(most)} MiB`,
    theirs: '–',
    score: `${Math.round(most)} MiB`,
    target: '≤ 150 MiB',
    reached: most <= 150,
    notes: ['resident, at most, of the whole process'],
  };
});

const start: Measure = {
  name: 'sdk-transfers-start',
  async run() {
    const took: number[] = [];
    for (let at = 0; at < STARTS; at++) {
      took.push(await timed(() => runProgram(join(root, 'bin/millrace'), ['--version'])));
    }
    return {
      what: 'start of the command line, --version',
      against: '–',
      ours: spread(took, 'ms'),
      theirs: '–',
      score: `${Math.round(median(took))} ms`,
      target: '≤ 120 ms',
      reached: median(took) <= 120,
      notes: [],
    };
  },
};

/** The SDK's transfers beside those of others, over the same server; its memory with a large file; the start of the CLI. */
export const sdkTransfers: readonly Measure[] = [curl, aliOss, oss2, go, small, memory, start];
