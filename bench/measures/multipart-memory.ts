import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServer } from '@millrace/testkit';
import { type Measure, makeFolder, runProgram, timed } from '../measure.ts';
import { forgetPeak, peakOf } from './memory.ts';
import { put } from './tasks.ts';

const GIBIBYTES = 5;
const LIMIT = 250;

const python = fileURLToPath(new URL('../../.cache/venv/bin/python', import.meta.url));
const script = fileURLToPath(new URL('../baselines/oss2-upload.py', import.meta.url));

/** Needs `GIBIBYTES` of free disk. What is sent is a file with nothing in it but its length. */
export const multipartMemory: Measure = {
  name: 'multipart-memory',
  async run(folder, progress) {
    const bytes = GIBIBYTES * 2 ** 30;
    const source = join(folder, 'source');
    const file = await open(source, 'w');
    await file.truncate(bytes);
    await file.close();
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    try {
      await put(server, '/bench-multipart/');
      await forgetPeak(server.pid);
      const idle = await peakOf(server.pid);
      const { endpoint, region, accessKeyId, accessKeySecret } = server;
      const took = await timed(async () => {
        const target = ['bench-multipart', 'big', source];
        const said = await runProgram(python, [script, endpoint, region, accessKeyId, accessKeySecret, ...target]);
        if (Number(said) !== bytes) throw new Error(`oss2 uploaded ${said} bytes`);
      });
      const peak = await peakOf(server.pid);
      progress(`${GIBIBYTES} GiB in ${(took / 1000).toFixed(0)} s: ${peak.toFixed(0)} MiB`);
      return {
        what: `resident memory of the server during a multipart upload of ${GIBIBYTES} GiB by oss2, 3 parts at a time`,
        against: 'the same server at rest',
        ours: `${peak.toFixed(0)} MiB`,
        theirs: `${idle.toFixed(0)} MiB`,
        score: `${peak.toFixed(0)} MiB at most (${(peak / idle).toFixed(2)} ×)`,
        target: `≤ ${LIMIT} MiB`,
        reached: peak <= LIMIT,
        notes: [`it took ${(took / 1000).toFixed(0)} s`],
      };
    } finally {
      await server.stop();
    }
  },
};
