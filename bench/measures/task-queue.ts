import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fixture, startServer } from '@millrace/testkit';
import { type Measure, makeFolder, median, runProgram, spread, timed } from '../measure.ts';
import { ANNOUNCED, announcement, prepareAnnouncements } from './announcements.ts';
import { base64, put, submit } from './tasks.ts';

const TASKS = 1_000;
const SAMPLES = 15;
const TARGET = 0.85;

/**
 * Many of the shortest tasks there are, accepted before the first is done: how much of the machine the work itself gets. What
 * one of them takes by hand is measured in the same run, before and after.
 */
export const taskQueue: Measure = {
  name: 'queue',
  async run(folder, progress) {
    const blip = await fixture('blip.wav');
    const bare: number[] = [];
    const byHand = async (): Promise<void> => {
      for (let sample = 0; sample < SAMPLES; sample += 1) {
        const output = join(folder, `${bare.length}.mp3`);
        const spent = await timed(async () => {
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
        bare.push(spent);
      }
    };
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    let wall = 0;
    try {
      await put(server, '/bench-queue/');
      await prepareAnnouncements(server);
      const body = await readFile(blip);
      for (let task = 0; task < TASKS; task += 1) await put(server, `/bench-queue/${task}.wav`, body);
      await byHand();
      wall = await timed(async () => {
        const action = 'audio/convert,f_mp3|sys/saveas,o_';
        for (let task = 0; task < TASKS; task += 1) {
          await submit(server, `/bench-queue/${task}.wav`, `${action}${base64(`${task}.mp3`)}${ANNOUNCED}`);
        }
        for (let task = 0; task < TASKS; task += 1) await (await announcement(server)).remove();
      });
      await byHand();
      progress(`${TASKS} tasks in ${Math.round(wall)} ms, one by hand ${spread(bare, 'ms')}`);
    } finally {
      await server.stop();
    }
    const least = (median(bare) * TASKS) / availableParallelism();
    return {
      what: `${TASKS.toLocaleString('en')} queued tasks of the shortest kind, until all are announced`,
      against: 'the sum of what each takes by hand, on every core',
      ours: `${Math.round(wall).toLocaleString('en')} ms`,
      theirs: `${Math.round(least).toLocaleString('en')} ms`,
      score: `${(least / wall).toFixed(2)} ×`,
      target: `≥ ${TARGET} ×`,
      reached: least / wall >= TARGET,
      notes: [],
    };
  },
};
