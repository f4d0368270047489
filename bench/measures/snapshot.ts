import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { oss, type RunningServer, startServer } from '@millrace/testkit';
import { type Measure, makeFolder, median, type Result, runProgram, spread, timed } from '../measure.ts';
import { put } from './tasks.ts';

const ROUNDS = 5;
const BYTES = 2e9;
const MOST = 1.2;
const MOST_READ_MB = 20;
const PARTS = 16;

/**
 * One frame out of the middle of a long film of which nothing is in memory, by a server that has not seen it before, against
 * FFmpeg that is given the file and the place. What both read is what came from the disk meanwhile.
 */
export const snapshot: Measure = {
  name: 'snapshot',
  async run(folder, progress) {
    const film = await makeFilm(folder);
    const seconds = Number(
      await runProgram('ffprobe', ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', film]),
    );
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    try {
      await put(server, '/bench-snapshot/');
      const bytes = await readFile(film);
      await put(server, '/bench-snapshot/small.mp4', await readFile(await makeSmall(folder)));
      await put(server, '/bench-snapshot/whole.mp4', bytes);
      await uploadInParts(server, '/bench-snapshot/parts.mp4', bytes);
      progress(`${(bytes.length / 1e9).toFixed(2)} GB, ${Math.round(seconds)} s`);
      const results: Result[] = [];
      for (const [key, how] of [
        ['whole.mp4', 'put whole'],
        ['parts.mp4', `uploaded in ${PARTS} parts`],
      ] as const) {
        results.push(await measure(key, how, { server, film, seconds, folder, progress }));
      }
      return results;
    } finally {
      await server.stop();
    }
  },
};

interface Place {
  server: RunningServer;
  film: string;
  seconds: number;
  folder: string;
  progress(text: string): void;
}

async function measure(key: string, how: string, place: Place): Promise<Result> {
  const { server, film, seconds, folder, progress } = place;
  const ours: number[] = [];
  const theirs: number[] = [];
  const read: number[] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    const at = seconds / 2 + round / 10;
    const output = join(folder, 'frame.jpg');
    await forget(folder);
    const bare = await timed(() =>
      runProgram('ffmpeg', [
        ...['-nostdin', '-v', 'error', '-y', '-ss', at.toFixed(3), '-i', film, '-frames:v', '1', '-q:v', '2', output],
      ]),
    );
    // A server that was just started knows nothing of the film; its engine has been found.
    await server.restart();
    await frame(server, 'small.mp4', 0);
    await forget(folder);
    const before = await readFromDisks();
    const millrace = await timed(() => frame(server, key, Math.round(at * 1000)));
    const megabytes = ((await readFromDisks()) - before) / 1e6;
    progress(
      `${how}: ffmpeg ${Math.round(bare)} ms, Millrace ${Math.round(millrace)} ms, ${megabytes.toFixed(1)} MB read`,
    );
    if (round < 0) continue;
    theirs.push(bare);
    ours.push(millrace);
    read.push(megabytes);
  }
  const ratio = median(ours) / median(theirs);
  return {
    what: `video/snapshot at 50 % of a 2 GB MP4 ${how}, nothing of it in memory`,
    against: 'ffmpeg with input seeking',
    ours: spread(ours, 'ms'),
    theirs: spread(theirs, 'ms'),
    score: `${ratio.toFixed(2)} ×, ${spread(read, 'MB', 1)} read`,
    target: `≤ ${MOST} ×, < ${MOST_READ_MB} MB`,
    reached: ratio <= MOST && Math.max(...read) < MOST_READ_MB,
    notes: [],
  };
}

const frame = async (server: RunningServer, key: string, t: number): Promise<void> => {
  const query = { 'x-oss-process': `video/snapshot,t_${t},f_jpg` };
  const { status, text } = await oss(server, { method: 'GET', path: `/bench-snapshot/${key}`, query });
  if (status !== 200) throw new Error(`snapshot: ${status} ${text}`);
};

/** A film that no encoder could make smaller, repeated until it is long enough. */
async function makeFilm(folder: string): Promise<string> {
  const [scene, film] = [join(folder, 'scene.mp4'), join(folder, 'film.mp4')];
  const moving = 'testsrc2=size=1920x1080:rate=25:duration=4,noise=alls=40:allf=t';
  const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '12', '-g', '50', '-pix_fmt', 'yuv420p'];
  const words = ['-nostdin', '-v', 'error', '-y'];
  await runProgram('ffmpeg', [...words, '-f', 'lavfi', '-i', moving, ...coding, scene]);
  const times = Math.floor(BYTES / (await stat(scene)).size) - 1;
  await runProgram('ffmpeg', [...words, '-stream_loop', String(times), '-i', scene, '-c', 'copy', film]);
  await rm(scene);
  return film;
}

async function makeSmall(folder: string): Promise<string> {
  const path = join(folder, 'small.mp4');
  await runProgram('ffmpeg', ['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=duration=1', path]);
  return path;
}

async function uploadInParts(server: RunningServer, path: string, bytes: Buffer): Promise<void> {
  const begun = await oss(server, { method: 'POST', path, query: { uploads: '' } });
  const uploadId = /<UploadId>([^<]+)</.exec(begun.text)?.[1] ?? '';
  const length = Math.ceil(bytes.length / PARTS);
  for (let part = 0; part < PARTS; part += 1) {
    const body = bytes.subarray(part * length, (part + 1) * length);
    const query = { partNumber: String(part + 1), uploadId };
    const { status, text } = await oss(server, { method: 'PUT', path, query, body });
    if (status !== 200) throw new Error(`part ${part + 1}: ${status} ${text}`);
  }
  const headers = { 'x-oss-complete-all': 'yes' };
  const { status, text } = await oss(server, { method: 'POST', path, query: { uploadId }, headers });
  if (status !== 200) throw new Error(`completing: ${status} ${text}`);
}

/** Takes all large files below a folder out of the page cache. */
async function forget(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || (await stat(path)).size < 1e7) continue;
    await runProgram('dd', [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none']);
  }
}

/** Bytes that came from all disks since the machine was started: of whole ones, without their partitions. */
async function readFromDisks(): Promise<number> {
  let sectors = 0;
  for (const name of await readdir('/sys/block')) {
    const fields = (await readFile(`/sys/block/${name}/stat`, 'utf8')).trim().split(/\s+/);
    sectors += Number(fields[2] ?? 0);
  }
  return sectors * 512;
}
