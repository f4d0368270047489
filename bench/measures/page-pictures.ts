import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fixture, startServer } from '@millrace/testkit';
import { Imm } from 'millrace';
import { type Measure, makeFolder, median, runProgram, spread, timed } from '../measure.ts';
import { ANNOUNCED, announcement, prepareAnnouncements } from './announcements.ts';
import { base64, put, submit } from './tasks.ts';

const ROUNDS = 2;
const PAGES = 200;
const DPI = 150;
const LEAST_PNG = 5;
const LEAST_PPM = 0.9;

/** pdftoppm's own PNG takes so long that some of the pages stand for all. */
const SAMPLE = 20;

/** All pages of a PDF as PNG, stored, against poppler that writes PNG, and against poppler that only draws. */
export const pagePictures: Measure = {
  name: 'pictures-of-pages',
  async run(folder, progress) {
    const docx = await fixture('pages-200.docx');
    const profile = `-env:UserInstallation=file://${join(folder, 'profile')}`;
    await runProgram('soffice', [profile, '--headless', '--convert-to', 'pdf', '--outdir', folder, docx]);
    const pdf = join(folder, 'pages-200.pdf');
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    const { endpoint, accessKeyId, accessKeySecret } = server;
    const imm = new Imm({ endpoint, accessKeyId, accessKeySecret, region: 'cn-hangzhou' });
    const ours: number[] = [];
    const png: number[] = [];
    const ppm: number[] = [];
    try {
      await put(server, '/bench-pages/');
      await prepareAnnouncements(server);
      await imm.createProject({ ProjectName: 'bench' });
      // The engines are warm before anything is measured.
      await put(server, '/bench-pages/source.pdf', await readFile(pdf));
      await submit(
        server,
        '/bench-pages/source.pdf',
        `doc/convert,target_png,pages_1-4|sys/saveas,o_${base64('warm/{index}.png')}${ANNOUNCED}`,
      );
      await (await announcement(server)).remove();
      for (let round = 0; round < ROUNDS; round += 1) {
        const draw = (...words: string[]): Promise<number> =>
          timed(() => runProgram('pdftoppm', ['-cropbox', '-r', String(DPI), ...words, pdf, join(folder, 'page')]));
        const slow = (await draw('-png', '-l', String(SAMPLE))) * (PAGES / SAMPLE);
        const fast = await draw();
        const millrace = await timed(async () => {
          await imm.createOfficeConversionTask({
            ProjectName: 'bench',
            SourceURI: 'oss://bench-pages/source.pdf',
            TargetURIPrefix: `oss://bench-pages/${round}/`,
            TargetType: 'png',
            ImageDPI: DPI,
            Notification: { MNS: { TopicName: 'bench-topic' } },
          });
          await (await announcement(server)).remove();
        });
        progress(
          `pdftoppm -png ${Math.round(slow)} ms, to PPM ${Math.round(fast)} ms, Millrace ${Math.round(millrace)} ms`,
        );
        png.push(slow);
        ppm.push(fast);
        ours.push(millrace);
      }
    } finally {
      await server.stop();
    }
    const what = `${PAGES} pages of PDF → PNG of ${DPI} DPI, stored, from submission to notification`;
    const rate = (theirs: readonly number[]): number => median(theirs) / median(ours);
    return [
      {
        what,
        against: 'one pdftoppm -png',
        ours: spread(ours, 'ms'),
        theirs: spread(png, 'ms'),
        score: `${rate(png).toFixed(1)} × faster`,
        target: `≥ ${LEAST_PNG} × faster`,
        reached: rate(png) >= LEAST_PNG,
        notes: [`${SAMPLE} pages of pdftoppm -png stand for all ${PAGES}`],
      },
      {
        what,
        against: 'one pdftoppm that writes PPM',
        ours: spread(ours, 'ms'),
        theirs: spread(ppm, 'ms'),
        score: `${rate(ppm).toFixed(2)} × its page rate`,
        target: `≥ ${LEAST_PPM} ×`,
        reached: rate(ppm) >= LEAST_PPM,
        notes: [],
      },
    ];
  },
};
