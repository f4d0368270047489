import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { decode } from '@millrace/process';
import { pino } from 'pino';
import { isDomainError } from '../domain/errors.ts';
import type { MediaFamily } from '../domain/ports/media-engine.ts';
import { type Engines, openEngines } from './engines.ts';

let folder: string;
let engines: Engines;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-engines-'));
  engines = openEngines({
    folder: join(folder, 'host'),
    sandbox: 'on',
    officeDeadlineMs: 1,
    mediaDeadlineMs: 1,
    log: pino({ level: 'silent' }),
  });
});
after(async () => {
  await engines.close();
  await rm(folder, { recursive: true, force: true });
});

/** A second of silence. */
function wav(): Buffer {
  const samples = Buffer.alloc(16_000);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(16_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

const cases: readonly [name: string, family: MediaFamily, process: string, bytes: Buffer][] = [
  ['letter.txt', 'doc', 'doc/convert,target_pdf', Buffer.from('A letter.\n')],
  ['silence.wav', 'audio', 'audio/convert,f_mp3', wav()],
];

for (const [name, family, process, bytes] of cases) {
  test(`the ${family} engine stops at the deadline that the server is set to`, async () => {
    const file = join(folder, name);
    await writeFile(file, bytes);
    const [operations = []] = decode(`${process}|sys/saveas,o_eA`, 'async').stages;
    const run = engines.media[family].run({
      source: { name, size: (await stat(file)).size, bytes: async () => bytes, file: async () => file },
      operations,
      emit: async () => {},
      signal: AbortSignal.timeout(60_000),
    });
    await assert.rejects(run, (error) => {
      assert.ok(isDomainError(error, 'MediaTooLarge'), String(error));
      assert.equal(error.details.limit, 'time');
      return true;
    });
  });
}
