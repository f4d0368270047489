import { readFile } from 'node:fs/promises';
import { fixture, startServer } from '@millrace/testkit';
import { type Measure, makeFolder, median, spread } from '../measure.ts';
import { ANNOUNCED, announcement, prepareAnnouncements } from './announcements.ts';
import { marked } from './documents.ts';
import { base64, put, submit } from './tasks.ts';

const ROUNDS = 5;
const TARGET = 0.3;

/** A document wanted as pictures after it was wanted as a PDF, against one that is wanted as pictures at once. */
export const documentForms: Measure = {
  name: 'forms',
  async run(folder, progress) {
    const docx = await readFile(await fixture('report.docx'));
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    const cold: number[] = [];
    const second: number[] = [];
    try {
      await put(server, '/bench-forms/');
      await prepareAnnouncements(server);
      const convert = async (name: string, target: 'pdf' | 'png'): Promise<number> => {
        const heard = announcement(server);
        const started = performance.now();
        const save = `sys/saveas,o_${base64(`${name}-{index}.${target}`)}${ANNOUNCED}`;
        await submit(server, `/bench-forms/${name}.docx`, `doc/convert,target_${target},source_docx|${save}`);
        const { at, remove } = await heard;
        await remove();
        return at - started;
      };
      for (let round = -2; round < ROUNDS; round += 1) {
        for (const name of [`alone${round}`, `after${round}`]) {
          await put(server, `/bench-forms/${name}.docx`, marked(docx, name));
        }
        const alone = await convert(`alone${round}`, 'png');
        await convert(`after${round}`, 'pdf');
        const after = await convert(`after${round}`, 'png');
        if (round < 0) continue;
        cold.push(alone);
        second.push(after);
      }
      progress(`PNG alone ${spread(cold, 'ms')}, after PDF ${spread(second, 'ms')}`);
    } finally {
      await server.stop();
    }
    const ratio = median(second) / median(cold);
    return {
      what: 'four pages of DOCX → PNG, of which a PDF was made before',
      against: 'the same without',
      ours: spread(second, 'ms'),
      theirs: spread(cold, 'ms'),
      score: `${ratio.toFixed(2)} ×`,
      target: `≤ ${TARGET} ×`,
      reached: ratio <= TARGET,
      notes: [],
    };
  },
};
