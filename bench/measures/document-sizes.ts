import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type FixtureName, fixture, type RunningServer, startServer } from '@millrace/testkit';
import { type Measure, makeFolder, median, type Result, runProgram, spread, timed } from '../measure.ts';
import { ANNOUNCED, announcement, prepareAnnouncements } from './announcements.ts';
import { marked } from './documents.ts';
import { base64, put, submit } from './tasks.ts';

const LISTENER = fileURLToPath(new URL('../baselines/office-listener.py', import.meta.url));
const BUCKET = '/bench-sizes';

/** How many a round has of each, so that one takes some seconds. */
const SIZES: readonly { pages: number; name: FixtureName; together: number }[] = [
  { pages: 1, name: 'pages-1.docx', together: 16 },
  { pages: 20, name: 'pages-20.docx', together: 10 },
  { pages: 200, name: 'pages-200.docx', together: 4 },
];
const ROUNDS = 2;
const LEAST_ONE_SHOT = 4;
const LEAST_LISTENER = 1.6;

/**
 * Documents of one size: a single one against LibreOffice started for it, and several against one LibreOffice that is warm
 * and takes one after the other. All with a mark of their own, so that nothing is made once for two.
 */
const sizes = ({ pages, name, together }: (typeof SIZES)[number]): Measure => ({
  name: `pages-${pages}`,
  async run(folder, progress) {
    const docx = await readFile(await fixture(name));
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    const listener = await warmListener(await makeFolder(folder, 'listener'));
    const times = { single: [] as number[], oneShot: [] as number[], ours: [] as number[], theirs: [] as number[] };
    try {
      await put(server, `${BUCKET}/`);
      await prepareAnnouncements(server);
      const profile = `-env:UserInstallation=file://${join(folder, 'profile')}`;
      for (let round = -1; round < ROUNDS; round += 1) {
        const names = Array.from({ length: together }, (_, number) => `${round}-${number}`);
        for (const each of ['single', ...names]) {
          await writeFile(join(folder, `${round}-${each}.docx`), marked(docx, `${round}${each}`));
          await put(server, `${BUCKET}/${round}-${each}.docx`, marked(docx, `${round}${each}`));
        }
        const file = (each: string): string => join(folder, `${round}-${each}`);
        // Each round begins with the other side, so that neither always runs on a machine that has just worked.
        const oneShot = await timed(() =>
          runProgram('soffice', [
            ...[profile, '--headless', '--convert-to', 'pdf', '--outdir', folder, `${file('single')}.docx`],
          ]),
        );
        const single = await timed(() => convertAll(server, [`${round}-single`]));
        const theirs = await timed(async () => {
          for (const each of names) await listener.convert(`${file(each)}.docx`, `${file(each)}.pdf`);
        });
        const ours = await timed(() =>
          convertAll(
            server,
            names.map((each) => `${round}-${each}`),
          ),
        );
        progress(
          `${pages} pages: one-shot ${Math.round(oneShot)} ms, Millrace ${Math.round(single)} ms; ${together} of them: listener ${Math.round(theirs)} ms, Millrace ${Math.round(ours)} ms`,
        );
        if (round < 0) continue;
        times.single.push(single);
        times.oneShot.push(oneShot);
        times.ours.push(ours);
        times.theirs.push(theirs);
      }
    } finally {
      await listener.close();
      await server.stop();
    }
    const alone = median(times.oneShot) / median(times.single);
    const many = median(times.theirs) / median(times.ours);
    const what = `DOCX of ${pages === 1 ? 'one page' : `${pages} pages`} → PDF, warm`;
    const results: Result[] = [
      {
        what: `${what}, from submission to notification`,
        against: 'soffice --convert-to started for it',
        ours: spread(times.single, 'ms'),
        theirs: spread(times.oneShot, 'ms'),
        score: `${alone.toFixed(1)} × faster`,
        target: pages === 1 ? `≥ ${LEAST_ONE_SHOT} × faster` : 'told',
        reached: pages === 1 ? alone >= LEAST_ONE_SHOT : true,
        notes: [],
      },
      {
        what: `${together} × ${what}, until all are announced`,
        against: 'one warm LibreOffice, one after the other',
        ours: spread(times.ours, 'ms'),
        theirs: spread(times.theirs, 'ms'),
        score: `${many.toFixed(2)} × its throughput`,
        target: `≥ ${LEAST_LISTENER} ×`,
        reached: many >= LEAST_LISTENER,
        notes: [],
      },
    ];
    return results;
  },
});

/** One measure for each size: each fits into a few minutes by itself. */
export const documentSizes: readonly Measure[] = SIZES.map(sizes);

async function convertAll(server: RunningServer, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const save = `sys/saveas,o_${base64(`${name}.pdf`)}${ANNOUNCED}`;
    await submit(server, `${BUCKET}/${name}.docx`, `doc/convert,target_pdf,source_docx|${save}`);
  }
  for (const _ of names) await (await announcement(server)).remove();
}

async function warmListener(folder: string) {
  // Debian's own: the one that has LibreOffice's modules.
  const child = spawn('/usr/bin/python3', [LISTENER, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<void> => {
    if ((await lines.next()).done) throw new Error('the warm LibreOffice has ended');
  };
  const ended = new Promise((resolve) => child.once('close', resolve));
  await line();
  return {
    async convert(source: string, target: string): Promise<void> {
      child.stdin.write(`${source}\t${target}\n`);
      await line();
    },
    async close(): Promise<void> {
      child.stdin.end();
      await ended;
    },
  };
}
