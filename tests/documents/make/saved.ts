import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { xlsx } from './sheets.ts';
import { pptx, textBox } from './slides.ts';
import { docx, paragraph } from './word.ts';

/** Files that LibreOffice has saved stay here between runs: it takes seconds to start. */
const CACHE = fileURLToPath(new URL('../../../.cache/fixtures/saved/', import.meta.url));

const SCRIPT = fileURLToPath(new URL('./save-as.py', import.meta.url));

const originals = {
  letter: () => docx(paragraph('Letter 1.') + paragraph('第二页', { pageBreakBefore: true, font: 'SimSun' })),
  book: () =>
    xlsx([
      { name: 'Preise', rows: [['first', 1]] },
      { name: 'a b', rows: [['第二', 2]] },
    ]),
  slides: () => pptx([{ shapes: textBox('Slide one') }, { shapes: textBox('第二张', { font: 'SimSun' }) }]),
};

interface SaveOptions {
  /** Whoever opens it is asked for this. */
  password?: string;
  /** Of a PDF: whoever wants to print it is asked for this. */
  mayNot?: string;
}

interface Wanted extends SaveOptions {
  input: string;
  filter: string;
  output: string;
}

let waiting: { wanted: Wanted; done: (error?: Error) => void }[] = [];

/** One of our documents as LibreOffice saves it with a filter. All that is asked for at once is saved by one process. */
export async function savedByOffice(
  original: keyof typeof originals,
  filter: string,
  options: SaveOptions = {},
): Promise<Buffer> {
  const input = originals[original]();
  const name = createHash('sha256')
    .update(input)
    .update(JSON.stringify([filter, options]))
    .digest('hex')
    .slice(0, 24);
  const path = join(CACHE, name);
  try {
    return await readFile(path);
  } catch {
    // Not saved yet.
  }
  await mkdir(CACHE, { recursive: true });
  const draft = join(CACHE, `${name}-${randomUUID()}`);
  const source = `${draft}.source`;
  try {
    await writeFile(source, input);
    await save({ input: source, filter, output: draft, ...options });
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
    await rm(source, { force: true });
  }
  return await readFile(path);
}

function save(wanted: Wanted): Promise<void> {
  return new Promise((resolve, reject) => {
    waiting.push({ wanted, done: (error) => (error ? reject(error) : resolve()) });
    if (waiting.length === 1) setTimeout(() => void saveAll(), 50);
  });
}

async function saveAll(): Promise<void> {
  const jobs = waiting;
  waiting = [];
  const folder = await mkdtemp(join(tmpdir(), 'millrace-saving-'));
  try {
    const list = join(folder, 'list.json');
    await writeFile(list, JSON.stringify(jobs.map(({ wanted }) => wanted)));
    // Debian's own Python: the one that has LibreOffice's modules.
    await promisify(execFile)('/usr/bin/python3', [SCRIPT, folder, list]);
    for (const { done } of jobs) done();
  } catch (error) {
    for (const { done } of jobs) done(error instanceof Error ? error : new Error(String(error)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
