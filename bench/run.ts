/**
 * The measures that Millrace promises, each against the bare tool in the same run: `npm run bench`. With names as
 * arguments only those; with `--write` the table in docs/performance.md is replaced by the new one.
 *
 * Nothing else should run on the machine. Both sides of a comparison take turns, the first turn is thrown away, and the
 * figures are medians, with the lowest and highest beside them.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Measure, type Result, runProgram } from './measure.ts';
import { bigTransfers } from './measures/big-transfers.ts';
import { completeUpload } from './measures/complete-upload.ts';
import { conversionMemory } from './measures/conversion-memory.ts';
import { copyObject } from './measures/copy-object.ts';
import { documentForms } from './measures/document-forms.ts';
import { documentSizes } from './measures/document-sizes.ts';
import { documents } from './measures/documents.ts';
import { durablePuts } from './measures/durable-put.ts';
import { listings } from './measures/listings.ts';
import { memory } from './measures/memory.ts';
import { messages } from './measures/messages.ts';
import { multipartMemory } from './measures/multipart-memory.ts';
import { notification } from './measures/notification.ts';
import { pagePictures } from './measures/page-pictures.ts';
import { parkedPolls } from './measures/parked-polls.ts';
import { peer } from './measures/peer.ts';
import { picturePeer } from './measures/picture-peer.ts';
import { pictureFormats, pictureMemory, pictureOverload, pictureRequests } from './measures/pictures.ts';
import { postgres } from './measures/postgres.ts';
import { resize } from './measures/resize.ts';
import { retainedMessages } from './measures/retained-messages.ts';
import { sdkTransfers } from './measures/sdk-transfers.ts';
import { signedGet } from './measures/signed-get.ts';
import { snapshot } from './measures/snapshot.ts';
import { taskQueue } from './measures/task-queue.ts';
import { video } from './measures/video.ts';

const measures: readonly Measure[] = [
  ...durablePuts,
  signedGet,
  bigTransfers,
  listings,
  completeUpload,
  copyObject,
  peer,
  resize,
  ...pictureFormats,
  pictureRequests,
  pictureMemory,
  pictureOverload,
  picturePeer,
  documents,
  documentForms,
  ...documentSizes,
  pagePictures,
  conversionMemory,
  ...video,
  snapshot,
  taskQueue,
  notification,
  messages,
  postgres,
  retainedMessages,
  parkedPolls,
  memory,
  multipartMemory,
  ...sdkTransfers,
];
const root = fileURLToPath(new URL('..', import.meta.url));

async function machine(): Promise<string[]> {
  const processors = cpus();
  const versionOf = async (command: string, argument: string): Promise<string> =>
    runProgram(command, [argument]).then(
      (text) => text.split('\n')[0]?.trim() ?? command,
      () => `${command}: not installed`,
    );
  const disk = await runProgram('df', ['--output=fstype', join(root, 'package.json')]).catch(() => '');
  return [
    `${processors.length} × ${processors[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB of memory, file system ${disk.trim().split('\n').at(-1)}`,
    `Node ${process.version}, Linux ${(await runProgram('uname', ['-r'])).trim()}`,
    await versionOf('soffice', '--version'),
    await versionOf('ffmpeg', '-version'),
  ];
}

function table(results: readonly Result[]): string {
  const rows = results.map((result) =>
    [
      result.what,
      result.against,
      result.ours,
      result.theirs,
      result.score,
      result.target,
      result.reached ? 'yes' : 'no',
    ]
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | '),
  );
  return [
    '| measure | against, in the same run | Millrace | the other | result | must reach | reached |',
    '|---|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}

function page(results: readonly Result[], facts: readonly string[]): string {
  const notes = results.flatMap(({ what, notes }) => notes.map((note) => `- ${what}: ${note}.`));
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)} by \`npm run bench -- --write\`.`,
    facts.map((fact) => `- ${fact}`).join('\n'),
    table(results),
    ...(notes.length > 0 ? [notes.join('\n')] : []),
  ].join('\n\n');
}

const MARK = { begin: '<!-- measured: begin -->', end: '<!-- measured: end -->' };

async function writePage(text: string): Promise<void> {
  const file = join(root, 'docs', 'performance.md');
  const old = await readFile(file, 'utf8');
  const begin = old.indexOf(MARK.begin);
  const end = old.indexOf(MARK.end);
  if (begin < 0 || end < begin) throw new Error(`docs/performance.md lacks the lines ${MARK.begin} and ${MARK.end}`);
  await writeFile(file, `${old.slice(0, begin + MARK.begin.length)}\n\n${text}\n\n${old.slice(end)}`);
}

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
/** `sdk-transfers` is all whose names begin so. */
const isCalled = ({ name }: Measure, word: string): boolean => name === word || name.startsWith(`${word}-`);
const unknown = wanted.filter((word) => !measures.some((measure) => isCalled(measure, word)));
if (unknown.length > 0) {
  console.error(
    `no measure is called ${unknown.join(', ')}; there are: ${measures.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}
const selected = measures.filter((measure) => wanted.length === 0 || wanted.some((word) => isCalled(measure, word)));
const scratch = join(root, '.cache', 'bench');
await mkdir(scratch, { recursive: true });

const results: Result[] = [];
let measured = 0;
for (const measure of selected) {
  console.log(`\n${measure.name}`);
  const folder = await mkdtemp(join(scratch, `${measure.name}-`));
  try {
    const taken = [await measure.run(folder, (text) => console.log(`  ${text}`))].flat();
    results.push(...taken);
    measured += 1;
    for (const { reached, score, target } of taken)
      console.log(`  ${reached ? '✔' : '✖'} ${score} (must reach ${target})`);
  } catch (error) {
    process.exitCode = 1;
    console.error(`  ✖ could not be measured: ${error instanceof Error ? error.message : error}`);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
const text = page(results, await machine());
console.log(`\n${text}`);
if (results.some(({ reached }) => !reached)) process.exitCode = 1;
if (process.argv.includes('--write')) {
  if (measured === measures.length) await writePage(text);
  else console.error('docs/performance.md is only written when every measure was taken');
}
