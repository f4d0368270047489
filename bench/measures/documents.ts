import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fixture, startServer } from '@millrace/testkit';
import { type Measure, makeFolder, median, runProgram, spread, timed } from '../measure.ts';
import { appearance, base64, put, submit } from './tasks.ts';

const ROUNDS = 3;
const DOCUMENTS = 10;

/** The same document with an archive comment of its own, so that nothing kept for one serves another. */
export function marked(docx: Buffer, mark: string): Buffer {
  const comment = Buffer.from(mark);
  const copy = Buffer.concat([docx, comment]);
  // The last two bytes of a ZIP file are the length of the comment that follows them.
  copy.writeUInt16LE(comment.length, docx.length - 2);
  return copy;
}

export const documents: Measure = {
  name: 'documents',
  async run(folder, progress) {
    const docx = await readFile(await fixture('report.docx'));
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    const ours: number[] = [];
    const theirs: number[] = [];
    const profile = `-env:UserInstallation=file://${join(folder, 'profile')}`;
    const convert = (file: string): Promise<string> =>
      runProgram('soffice', [profile, '--headless', '--convert-to', 'pdf', '--outdir', join(folder, 'pdf'), file]);
    try {
      await put(server, '/bench-document/');
      await mkdir(join(folder, 'pdf'));
      // Round -1 warms both up: the pool starts its offices, soffice makes its profile.
      for (let round = -1; round < ROUNDS; round += 1) {
        const names = Array.from({ length: round < 0 ? 2 : DOCUMENTS }, (_, index) => `${round}-${index}`);
        for (const name of names) {
          await writeFile(join(folder, `${name}.docx`), marked(docx, name));
          await put(server, `/bench-document/${name}.docx`, marked(docx, name));
        }
        const bare = await timed(async () => {
          for (const name of names) await convert(join(folder, `${name}.docx`));
        });
        const millrace = await timed(async () => {
          for (const name of names) {
            const process = `doc/convert,target_pdf,source_docx|sys/saveas,o_${base64(`${name}.pdf`)}`;
            await submit(server, `/bench-document/${name}.docx`, process);
          }
          for (const name of names) await appearance(server, `/bench-document/${name}.pdf`);
        });
        progress(`${names.length} documents: soffice ${Math.round(bare)} ms, Millrace ${Math.round(millrace)} ms`);
        if (round < 0) continue;
        theirs.push(bare);
        ours.push(millrace);
      }
    } finally {
      await server.stop();
    }
    const ratio = median(theirs) / median(ours);
    return {
      what: 'ten DOCX → PDF tasks, warm, until all are there',
      against: 'soffice --convert-to started once per document',
      ours: spread(ours, 'ms'),
      theirs: spread(theirs, 'ms'),
      score: `${ratio.toFixed(1)} × faster`,
      target: '≥ 3 × faster',
      reached: ratio >= 3,
      notes: [],
    };
  },
};
