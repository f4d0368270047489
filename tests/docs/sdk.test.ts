/** Runs the programs of docs/sdk.md as a reader would, in order, against a live server. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type RunningServer, startServer } from '@millrace/testkit';
import { fencedBlocks } from './fenced-blocks.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const examples = fencedBlocks(await readFile(join(root, 'docs/sdk.md'), 'utf8'));

/** What each program says. */
const outcomes: Readonly<Record<string, RegExp>> = {
  'objects.ts': /^hello guide [0-9A-F]{32}\na\/hello.txt 5\n200\nNoSuchKey 404\n$/,
  'transfers.ts': /^sent 5000000\ntrue\n$/,
  'processing.ts':
    /^image\/resize,m_fill,w_100,h_100\/format,webp\|sys\/saveas,\S+\nimage\/resize 100 50\nimage\/rotate 50 100\n$/,
  'queues.ts': /^did work\n$/,
};

let server: RunningServer;
let folder: string;

before(async () => {
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), 'millrace-sdk-guide-'));
  // As if it were installed.
  await mkdir(join(folder, 'node_modules'));
  await symlink(join(root, 'packages/sdk'), join(folder, 'node_modules/millrace'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
});

after(async () => {
  await server?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

test('every program on the page is one that this suite knows and runs', () => {
  assert.deepEqual(
    examples.map(({ file }) => file),
    Object.keys(outcomes),
  );
});

for (const { file, code, line } of examples) {
  if (file === undefined) continue;
  test(`docs/sdk.md line ${line}: ${file} runs as it stands`, async () => {
    await writeFile(join(folder, file), code);
    const env = {
      ...process.env,
      ENDPOINT: server.endpoint,
      OSS_ACCESS_KEY_ID: server.accessKeyId,
      OSS_ACCESS_KEY_SECRET: server.accessKeySecret,
    };
    const { stdout } = await run(process.execPath, [file], { cwd: folder, env, timeout: 60_000 });
    assert.match(stdout, outcomes[file] ?? /^$/);
  });
}
