import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { descendants, fixture, type RunningServer, startServer } from '@millrace/testkit';
import { type Measure, makeFolder } from '../measure.ts';
import { ANNOUNCED, announcement, prepareAnnouncements } from './announcements.ts';
import { marked } from './documents.ts';
import { base64, put, submit } from './tasks.ts';

const FIRST = 50;
const LAST = 500;
const MOST = 1.1;

/** How many are under way at a time. */
const AT_ONCE = 4;

/** What the server and all its engines hold after many conversions, against after some. Time does not count. */
export const conversionMemory: Measure = {
  name: 'conversions-memory',
  async run(folder, progress) {
    const docx = await readFile(await fixture('report.docx'));
    const wav = await readFile(await fixture('blip.wav'));
    const photo = await readFile(await fixture('photo.jpg'));
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    const held = new Map<number, { server: number; all: number }>();
    try {
      await put(server, '/bench-memory/');
      await prepareAnnouncements(server);
      const begin = async (number: number): Promise<void> => {
        const [key, body, action] = (
          [
            [`${number}.docx`, marked(docx, String(number)), 'doc/convert,target_pdf'],
            [`${number}.docx`, marked(docx, String(number)), 'doc/convert,target_png'],
            [`${number}.wav`, wav, 'audio/convert,f_mp3'],
            [`${number}.jpg`, photo, 'image/deblindwatermark,t_text'],
          ] as const
        )[number % 4] ?? ['', photo, ''];
        await put(server, `/bench-memory/${key}`, body);
        const saved = `sys/saveas,o_${base64(`out/${number}/{index}.{autoext}`)}`;
        const end = action.startsWith('image')
          ? `sys${ANNOUNCED}`
          : `${action.startsWith('doc') ? saved : `sys/saveas,o_${base64(`out/${number}.mp3`)}`}${ANNOUNCED}`;
        await submit(server, `/bench-memory/${key}`, `${action}|${end}`);
      };
      for (let number = 0; number < LAST + AT_ONCE; number += 1) {
        if (number >= AT_ONCE) await (await announcement(server)).remove();
        const ended = number - AT_ONCE + 1;
        if (number < LAST) await begin(number);
        if (ended === FIRST || ended === LAST) {
          held.set(ended, memoryOf(server));
          progress(`after ${ended}: ${JSON.stringify(held.get(ended))} MiB`);
        }
      }
    } finally {
      await server.stop();
    }
    const [before, after] = [held.get(FIRST), held.get(LAST)];
    if (before === undefined || after === undefined) throw new Error('too few conversions ended');
    const ratio = after.all / before.all;
    return {
      what: `memory of the server and its engines after ${LAST} conversions of documents, sounds and pictures`,
      against: `after ${FIRST}`,
      ours: `${after.all} MiB`,
      theirs: `${before.all} MiB`,
      score: `${ratio.toFixed(2)} ×`,
      target: `≤ ${MOST} ×`,
      reached: ratio <= MOST,
      notes: [`of that the server: ${after.server} MiB after ${LAST}, ${before.server} MiB after ${FIRST}`],
    };
  },
};

/** In MiB; what processes share is counted once, as a part of each (`Pss`). */
function memoryOf(server: RunningServer): { server: number; all: number } {
  const pss = (pid: number): number => {
    try {
      return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
    } catch {
      return 0; // ended while we looked
    }
  };
  const own = pss(server.pid);
  const engines = descendants(server.pid).reduce((sum, { pid }) => sum + pss(pid), 0);
  return { server: Math.round(own), all: Math.round(own + engines) };
}
