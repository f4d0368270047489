import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { oss, startServer } from '@millrace/testkit';
import { type Measure, makeFolder, median, runProgram, spread, timed } from '../measure.ts';
import { ANNOUNCED, announcement, prepareAnnouncements } from './announcements.ts';
import { base64, put, submit } from './tasks.ts';

const ROUNDS = 3;

interface Film {
  name: string;
  seconds: number;
  /** Pixels of the source, of the result, and how people call them. */
  from: { size: string; called: string };
  to: { size: string; called: string };
  most: number;
}

const ffmpeg = (...arguments_: string[]): Promise<string> =>
  runProgram('ffmpeg', ['-nostdin', '-loglevel', 'error', '-y', ...arguments_]);

/** From the submission until the notification of its end, which comes when the output is there, against the encoding that the engine's parameters stand for. */
const transcoding = ({ name, seconds, from, to, most }: Film): Measure => ({
  name,
  async run(folder, progress) {
    const source = join(folder, 'source.mp4');
    const moving = `testsrc2=size=${from.size}:rate=25:duration=${seconds}`;
    const sound = `sine=frequency=440:duration=${seconds}`;
    const inputs = ['-f', 'lavfi', '-i', moving, '-f', 'lavfi', '-i', sound];
    await ffmpeg(...inputs, '-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', source);
    const byHand = (output: string): Promise<string> =>
      ffmpeg(
        ...[
          '-i',
          source,
          '-map',
          '0:v:0',
          '-map',
          '0:a:0',
          '-vf',
          `scale=${to.size.replace('x', ':')}`,
          '-c:v',
          'libx264',
          '-crf',
          '23',
        ],
        ...['-g', '150', '-c:a', 'copy', '-movflags', '+faststart', output],
      );
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    const ours: number[] = [];
    const theirs: number[] = [];
    let bytes = 0;
    try {
      await put(server, '/bench-video/');
      await prepareAnnouncements(server);
      await put(server, '/bench-video/source.mp4', await readFile(source));
      for (let round = -1; round < ROUNDS; round += 1) {
        const bare = await timed(() => byHand(join(folder, `${round}.mp4`)));
        const target = `${round}.mp4`;
        const action = `video/convert,f_mp4,vcodec_h264,s_${to.size},crf_23,g_150`;
        const heard = announcement(server);
        const started = performance.now();
        await submit(server, '/bench-video/source.mp4', `${action}|sys/saveas,o_${base64(target)}${ANNOUNCED}`);
        const { at, remove } = await heard;
        const millrace = at - started;
        await remove();
        progress(`ffmpeg ${Math.round(bare)} ms, Millrace ${Math.round(millrace)} ms`);
        const head = await oss(server, { method: 'HEAD', path: `/bench-video/${target}` });
        bytes = Number(head.headers['content-length']);
        if (round < 0) continue;
        theirs.push(bare);
        ours.push(millrace);
      }
    } finally {
      await server.stop();
    }
    const ratio = median(ours) / median(theirs);
    const { size } = await stat(join(folder, '0.mp4'));
    return {
      what: `MP4 (${from.called}, ${seconds} s) → ${to.called} H.264 task, from submission to its notification`,
      against: 'the same ffmpeg command by hand',
      ours: spread(ours, 'ms'),
      theirs: spread(theirs, 'ms'),
      score: `${ratio.toFixed(2)} ×`,
      target: `≤ ${most} ×`,
      reached: ratio <= most,
      notes: [`output ${bytes} bytes, by hand ${size} bytes`],
    };
  },
});

export const video: readonly Measure[] = [
  transcoding({
    name: 'video',
    seconds: 12,
    from: { size: '1280x720', called: '720p' },
    to: { size: '854x480', called: '480p' },
    most: 1.1,
  }),
  transcoding({
    name: 'film',
    seconds: 60,
    from: { size: '1920x1080', called: '1080p' },
    to: { size: '1280x720', called: '720p' },
    most: 1.03,
  }),
];
