import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fixture, startServer } from '@millrace/testkit';
import { type Measure, makeFolder, median, runProgram, spread, timed } from '../measure.ts';
import { ANNOUNCED, announcement, prepareAnnouncements } from './announcements.ts';
import { base64, put, submit } from './tasks.ts';

const ROUNDS = 25;
const LIMIT = 50;

/**
 * From submitting a task to holding its notification, with the shortest work there is: a quarter of a second of sound to
 * MP3. What the engine's programs take for it by hand is subtracted; the rest is Millrace.
 */
export const notification: Measure = {
  name: 'notification',
  async run(folder, progress) {
    const blip = await fixture('blip.wav');
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    const whole: number[] = [];
    const engine: number[] = [];
    try {
      await put(server, '/bench-notify/');
      await prepareAnnouncements(server);
      for (let round = -2; round < ROUNDS; round += 1) {
        const output = join(folder, `${round}.mp3`);
        const byHand = await timed(async () => {
          await runProgram('ffprobe', ['-v', 'error', '-of', 'json', '-show_format', '-show_streams', blip]);
          await runProgram('ffmpeg', [
            '-nostdin',
            '-v',
            'error',
            '-f',
            'wav',
            '-i',
            blip,
            '-c:a',
            'libmp3lame',
            output,
          ]);
        });
        // A source of its own each round: what FFmpeg said about one is remembered, and the tools by hand remember nothing.
        const source = `/bench-notify/${round}.wav`;
        await put(server, source, await readFile(blip));
        const heard = announcement(server);
        const started = performance.now();
        await submit(server, source, `audio/convert,f_mp3|sys/saveas,o_${base64(`${round}.mp3`)}${ANNOUNCED}`);
        const { at, remove } = await heard;
        await remove();
        if (round < 0) continue;
        whole.push(at - started);
        engine.push(byHand);
      }
      progress(`submission to notification ${spread(whole, 'ms')}, engine by hand ${spread(engine, 'ms')}`);
    } finally {
      await server.stop();
    }
    const rest = median(whole) - median(engine);
    return {
      what: 'submission → notification received, minus engine time',
      against: 'ffprobe and ffmpeg by hand for the same conversion',
      ours: spread(whole, 'ms'),
      theirs: spread(engine, 'ms'),
      score: `${rest.toFixed(0)} ms (${(median(whole) / median(engine)).toFixed(2)} ×)`,
      target: `≤ ${LIMIT} ms`,
      reached: rest <= LIMIT,
      notes: [],
    };
  },
};
