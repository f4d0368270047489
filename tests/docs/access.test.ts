/** Runs the programs of docs/access.md as a reader would, in order, against a live server. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type RunningServer, startServer } from '@millrace/testkit';
import { fencedBlocks } from './fenced-blocks.ts';
import { runProgram } from './run-program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const examples = fencedBlocks(await readFile(join(root, 'docs/access.md'), 'utf8'));

/** What each program says. */
const outcomes: Readonly<Record<string, RegExp>> = {
  'make-a-user.py': /^may write, but not read: You are not authorized/,
  'role-for-a-while.py': /^b'hello' until \d{4}-/,
};

let server: RunningServer;
let folder: string;

before(async () => {
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), 'millrace-access-'));
});

after(async () => {
  await server?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

test('every program on the page is one that this suite knows and runs', () => {
  const files = examples.flatMap(({ file }) => file ?? []);
  assert.deepEqual(files, Object.keys(outcomes));
  assert.ok(examples.every(({ file, language }) => file !== undefined || language === 'sh'));
});

for (const { file, code, line } of examples) {
  if (file === undefined) continue;
  test(`docs/access.md line ${line}: ${file} runs as it stands`, async () => {
    await writeFile(join(folder, file), code);
    const ran = await runProgram(server, join(root, '.cache/venv/bin/python'), [file], folder);
    assert.equal(ran.code, 0, ran.output);
    assert.match(ran.output, outcomes[file] ?? /^$/);
  });
}
