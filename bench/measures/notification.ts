import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fixture, mns, type RunningServer, startServer } from '@millrace/testkit';
import { type Measure, makeFolder, median, runProgram, spread, timed } from '../measure.ts';
import { base64, put, submit } from './tasks.ts';

const ROUNDS = 25;
const LIMIT = 50;
const NAMESPACE = 'xmlns="http://mns.aliyuncs.com/doc/v1/"';

async function tell(server: RunningServer, path: string, body: string): Promise<void> {
  const { status, text } = await mns(server, { method: 'PUT', path, body: `<?xml version="1.0"?>${body}` });
  if (status > 299) throw new Error(`PUT ${path}: ${status} ${text}`);
}

/** Waits for the next message, and takes it out of the queue after the clock has been read. */
async function receive(server: RunningServer): Promise<{ at: number; remove: () => Promise<void> }> {
  const { status, text } = await mns(server, {
    method: 'GET',
    path: '/queues/bench-queue/messages',
    query: { waitseconds: '30' },
  });
  const at = performance.now();
  const handle = /<ReceiptHandle>([^<]+)</.exec(text)?.[1];
  if (status !== 200 || handle === undefined) throw new Error(`no notification came: ${status} ${text}`);
  const query = { ReceiptHandle: handle };
  const remove = async (): Promise<void> => {
    await mns(server, { method: 'DELETE', path: '/queues/bench-queue/messages', query });
  };
  return { at, remove };
}

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
      await tell(server, '/queues/bench-queue', `<Queue ${NAMESPACE}/>`);
      await tell(server, '/topics/bench-topic', `<Topic ${NAMESPACE}/>`);
      const endpoint = `acs:mns:${server.region}:${server.accountId}:queues/bench-queue`;
      const subscription = `<Endpoint>${endpoint}</Endpoint><NotifyContentFormat>SIMPLIFIED</NotifyContentFormat>`;
      const body = `<Subscription ${NAMESPACE}>${subscription}</Subscription>`;
      await tell(server, '/topics/bench-topic/subscriptions/to-queue', body);
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
        const heard = receive(server);
        const started = performance.now();
        const target = `sys/saveas,o_${base64(`${round}.mp3`)}/notify,topic_${base64('bench-topic')}`;
        await submit(server, source, `audio/convert,f_mp3|${target}`);
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
