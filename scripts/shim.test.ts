import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Ended {
  code: number | string | null | undefined;
  stdout: string;
  stderr: string;
}

function run(command: string, arguments_: string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(command, arguments_, { cwd, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

test('bin/millrace runs through a symbolic link in another folder, with spaces in its name, and passes arguments on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace shim '));
  try {
    const link = join(folder, 'my millrace');
    await symlink(join(root, 'bin/millrace'), link);
    const version = await run(link, ['--version'], folder);
    assert.equal(version.code, 0, version.stderr);
    assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
    const wrong = await run(link, ['no such verb'], folder);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /no such verb/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a misspelt suite name is refused with the names there are, before anything is set up or run', async () => {
  const { code, stderr } = await run(process.execPath, [join(root, 'scripts/test.mjs'), 'unti'], root);
  assert.equal(code, 2);
  assert.match(stderr, /no suite is called unti; there are: .*unit/);
});
