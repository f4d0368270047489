/** Runs every example of the README as a reader would, in order, in one folder, against a live server. */
import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type FixtureName, fixture, type RunningServer, startServer } from '@millrace/testkit';
import { type Example, fencedBlocks } from './fenced-blocks.ts';
import { runProgram } from './run-program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const blocks = fencedBlocks(await readFile(join(root, 'README.md'), 'utf8'));
const examples = blocks.filter((block) => block.file !== undefined);
const inputs: readonly FixtureName[] = ['report.docx', 'photo.jpg', 'clip.mp4', 'song.wav'];

/** What each example leaves behind, and how the file begins. */
const outcomes: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  'document-to-png.py': { 'report.png': /^\x89PNG/ },
  'resize-photo.py': { 'read.jpg': /^\xff\xd8\xff/, 'opened.jpg': /^\xff\xd8\xff/ },
  'document-to-png.go': { 'from-go.png': /^\x89PNG/ },
  'convert-media.py': {
    'small.mp4': /^.{4}ftyp/s,
    '1.jpg': /^\xff\xd8\xff/,
    'moving.gif': /^GIF89a/,
    'song.mp3': /^(ID3|\xff[\xf2\xf3\xfa\xfb])/,
  },
  'resumable-upload.py': { 'big.bin': /^/ },
  'hear-of-the-end.py': {},
};

let server: RunningServer;
let folder: string;

before(async () => {
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), 'millrace-readme-'));
  for (const name of inputs) await copyFile(await fixture(name), join(folder, name));
});

after(async () => {
  await server?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

test('every program in the README is one that this suite knows and runs', () => {
  assert.deepEqual(examples.map(({ file }) => file).toSorted(), Object.keys(outcomes).toSorted());
  const shownOnly = blocks.filter(({ file, language }) => file === undefined && language !== 'sh');
  assert.deepEqual(shownOnly, [], 'programs without a file name would not be checked');
});

for (const example of examples) {
  test(`README line ${example.line}: ${example.file} runs as it stands`, async () => {
    const { code, output } = await runExample(example);
    assert.equal(code, 0, output);
    for (const [file, begins] of Object.entries(outcomes[example.file ?? ''] ?? {})) {
      const made = await open(join(folder, file));
      const { buffer } = await made.read(Buffer.alloc(16), 0, 16, 0);
      await made.close();
      assert.match(buffer.toString('latin1'), begins, `${file} of ${(await stat(join(folder, file))).size} bytes`);
    }
  });
}

async function runExample({ language, file = '', code }: Example): Promise<{ code: number | null; output: string }> {
  switch (language) {
    case 'python':
      await writeFile(join(folder, file), code);
      return runProgram(server, join(root, '.cache/venv/bin/python'), [file], folder);
    case 'go': {
      // A module of its own with the dependencies that the wire tests pin. It is built apart and run among the inputs.
      const module = join(folder, 'go-example');
      await mkdir(module);
      for (const name of ['go.mod', 'go.sum']) await copyFile(join(root, 'tests/wire/go', name), join(module, name));
      await writeFile(join(module, file), code);
      const built = await runProgram(server, 'go', ['build', '-mod=mod', '-o', join(folder, 'example'), file], module);
      return built.code === 0 ? runProgram(server, join(folder, 'example'), [], folder) : built;
    }
    default:
      throw new Error(`the README has an example in ${language}, which this suite cannot run`);
  }
}
