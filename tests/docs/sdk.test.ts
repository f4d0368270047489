/** Runs the programs of docs/sdk.md as a reader would, in order, against a live server. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fixture, type RunningServer, startServer } from '@millrace/testkit';
import { build } from 'esbuild';
import { fencedBlocks } from './fenced-blocks.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const examples = fencedBlocks(await readFile(join(root, 'docs/sdk.md'), 'utf8'));

/** What each program says. */
const outcomes: Readonly<Record<string, RegExp>> = {
  'objects.ts': /^hello guide [0-9A-F]{32}\na\/hello.txt 5\n200\nNoSuchKey 404\n$/,
  'transfers.ts': /^sent 5000000\ntrue\n$/,
  // Told by the stand-in for a page below.
  'page.ts': /^progress 1\nimg image\/webp\n$/,
  'processing.ts':
    /^image\/resize,m_fill,w_100,h_100\/format,webp\|sys\/saveas,\S+\nimage\/resize 100 50\nimage\/rotate 50 100\n$/,
  'tasks.ts': /^Succeeded \napplication\/pdf\n$/,
  'queues.ts': /^did one three two\n$/,
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
    const program = file === 'page.ts' ? await asPage(file) : file;
    const { stdout } = await run(process.execPath, [program], { cwd: folder, env, timeout: 180_000 });
    assert.match(stdout, outcomes[file] ?? /^$/);
  });
}

/** Bundles a program for browsers and puts it into a page as far as Node can be one; a real one is in tests/browser. */
async function asPage(file: string): Promise<string> {
  const bundle = {
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    outfile: join(folder, 'page.js'),
  } as const;
  await build({ ...bundle, entryPoints: [join(folder, file)], logLevel: 'silent' });
  await copyFile(await fixture('photo.jpg'), join(folder, 'photo.jpg'));
  await writeFile(join(folder, 'in-page.ts'), PAGE);
  return 'in-page.ts';
}

const PAGE = `
import { readFileSync } from 'node:fs';
import { Oss } from 'millrace';
const { ENDPOINT: endpoint, OSS_ACCESS_KEY_ID: accessKeyId, OSS_ACCESS_KEY_SECRET: accessKeySecret } = process.env;
const [region, bucket] = ['cn-hangzhou', 'page-bucket'];
await new Oss({ endpoint, region, accessKeyId, accessKeySecret }).putBucket({ bucket });
const told = new Map();
const asked = fetch;
globalThis.fetch = async (url, options) => {
  if (url === '/settings.json') return Response.json({ endpoint, region, bucket });
  if (url === '/keys.json') return Response.json({ accessKeyId, accessKeySecret });
  return await asked(url, options);
};
globalThis.localStorage = { getItem: () => null, setItem() {}, removeItem() {} };
const input = Object.assign(new EventTarget(), { files: [new File([readFileSync('photo.jpg')], 'photo.jpg', { type: 'image/jpeg' })] });
const shown = new Promise((resolve) => {
  const element = (name) => ({ setAttribute(_, value) { told.set(name, value); if (name === 'img') resolve(); } });
  globalThis.document = { querySelector: (name) => (name === 'input' ? input : element(name)) };
});
await import('./page.js');
input.dispatchEvent(new Event('change'));
await shown;
console.log('progress', told.get('progress'));
console.log('img', (await asked(told.get('img'))).headers.get('content-type'));
`;
