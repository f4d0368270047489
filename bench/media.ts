/**
 * MP4 to 480p H.264 through the video engine alone, against the same FFmpeg command by hand: what recognising the source,
 * the sandbox, the limits and the supervisor cost, without the server around them. Rounds alternate.
 *
 *   node bench/media.ts [seconds of video, default 20] [rounds, default 5]
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from '@millrace/process';
import type { MediaSource } from '@millrace/server/domain/ports/media-engine';
import { openFfmpeg } from '@millrace/server/engines/ffmpeg/ffmpeg';
import { createToolHost } from '@millrace/server/engines/host/create-tool-host';
import { createVideoEngine } from '@millrace/server/engines/video/video-engine';
import { median, runProgram, spread, timed } from './measure.ts';

const TARGET = 1.1;
const seconds = bounded(process.argv[2], 20, 300);
const rounds = bounded(process.argv[3], 5, 25);

const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
const host = createToolHost({ folder: join(folder, 'host'), sandbox: 'on' });
try {
  const file = join(folder, 'source.mp4');
  await ffmpeg(
    ...['-f', 'lavfi', '-i', `testsrc2=size=1280x720:rate=25:duration=${seconds}`],
    ...['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', file],
  );
  const source: MediaSource = {
    name: 'source.mp4',
    size: (await stat(file)).size,
    bytes: () => Promise.reject(new Error('the video engine reads files')),
    file: async () => file,
  };
  const engine = createVideoEngine(await openFfmpeg({ host }));
  const text = 'video/convert,f_mp4,vcodec_h264,s_854x480,crf_23,g_150,acodec_aac,ab_128000,sn_1';
  const [operations = []] = decode(`${text}|sys/saveas,o_eA`, 'async').stages;
  const { signal } = new AbortController();

  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const bare = await timed(() =>
      ffmpeg(
        ...['-i', file, '-vf', 'scale=854:480,format=yuv420p', '-c:v', 'libx264', '-g', '150', '-crf', '23'],
        ...['-c:a', 'aac', '-b:a', '128000', '-movflags', '+faststart', join(folder, 'hand.mp4')],
      ),
    );
    const engineMs = await timed(() => engine.run({ source, operations, emit: async () => {}, signal }));
    // The first round fills the machine's caches.
    if (round < 0) continue;
    theirs.push(bare);
    ours.push(engineMs);
  }
  const ratio = median(ours) / median(theirs);
  console.log(
    `MP4 (720p, ${seconds} s) to 480p H.264: video engine ${spread(ours, 'ms')}, ffmpeg ${spread(theirs, 'ms')}`,
  );
  console.log(`ratio ${ratio.toFixed(3)}, must be at most ${TARGET}: ${ratio <= TARGET ? 'reached' : 'MISSED'}`);
  if (ratio > TARGET) process.exitCode = 1;
} finally {
  await host.close();
  await rm(folder, { recursive: true, force: true });
}

function ffmpeg(...words: string[]): Promise<string> {
  return runProgram('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...words]);
}

function bounded(text: string | undefined, usual: number, most: number): number {
  const value = Number(text ?? usual);
  return Number.isFinite(value) ? Math.min(most, Math.max(1, Math.round(value))) : usual;
}
