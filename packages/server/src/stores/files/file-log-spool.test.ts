import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { logSpoolContract } from '../contract/log-spool-contract.ts';
import { openFileLogSpool } from './file-log-spool.ts';

const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'millrace-log-spool-'));

describe('the spool of log lines in files', () => {
  logSpoolContract({
    async make() {
      const folder = await makeFolder();
      return { open: () => openFileLogSpool(folder), dispose: () => rm(folder, { recursive: true }) };
    },
  });

  test('leaves out a line that a crash has cut, and a batch of which not even the head was written', async () => {
    const folder = await makeFolder();
    const spool = await openFileLogSpool(folder);
    await spool.append({ id: 'a', bucket: 'b', key: 'k' }, 'whole\n');
    await appendFile(join(folder, 'a.log'), 'cut');
    await writeFile(join(folder, 'c.log'), '{"id":"c","buck');
    await writeFile(join(folder, 'd.log'), '');
    await writeFile(join(folder, 'e.log'), 'damaged\nline\n');
    assert.deepEqual(
      (await spool.list()).map(({ id }) => id),
      ['a'],
    );
    assert.equal(Buffer.from(await spool.read('a')).toString(), 'whole\n');
    assert.deepEqual(await readdir(folder), ['a.log', 'e.log']);
    await rm(folder, { recursive: true });
  });
});
