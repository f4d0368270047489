import { open, rm } from 'node:fs/promises';
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
    let memory = 0;
    try {
      await oss.putBucket({ bucket });
      await makeFile(file, SIZE);
      const put = (await oss.presign('PutObject', { bucket, key: 'curl' }, { expires: 3600 })).url;
      const get = (await oss.presign('GetObject', { bucket, key: 'curl' }, { expires: 3600 })).url;
      for (let round = -1; round < ROUNDS; round += 1) {
        const curlUp = await timed(() => runProgram('curl', ['-sSf', '-T', file, put]));
        const up = await timed(() => new Uploader(oss).uploadFile({ bucket, key: 'sdk' }, file));
        const curlDown = await timed(() => runProgram('curl', ['-sSf', '-o', join(folder, 'by-curl'), get]));
        const down = await timed(() =>
          new Downloader(oss).downloadFile({ bucket, key: 'sdk' }, join(folder, 'by-sdk')),
        );
        progress(`curl ${Math.round(curlUp)}/${Math.round(curlDown)} ms, SDK ${Math.round(up)}/${Math.round(down)} ms`);
        if (round < 0) continue;
        took.up.push(up);
        took.down.push(down);
        took.curlUp.push(curlUp);
        took.curlDown.push(curlDown);
      }
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
    const compared = (what: string, ours: number[], theirs: number[]): Result => {
      const ratio = median(theirs) / median(ours);
      return {
        what: `${what} of ${SIZE / MIB} MiB with the SDK`,
        against: 'curl, one request',
        ours: spread(ours, 'ms'),
        theirs: spread(theirs, 'ms'),
        score: `${ratio.toFixed(2)} × its speed`,
        target: '≥ 0.9 ×',
        reached: ratio >= 0.9,
        notes: [],
      };
    };
    const start = await startOfCli();
    return [
      compared('upload', took.up, took.curlUp),
      compared('download', took.down, took.curlDown),
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

async function startOfCli(): Promise<number[]> {
  const program = fileURLToPath(new URL('../../bin/millrace', import.meta.url));
  const took: number[] = [];
  for (let at = 0; at < STARTS; at++) took.push(await timed(() => runProgram(program, ['--version'])));
  return took;
}
