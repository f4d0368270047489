/** The package as users get it: packed, installed into an empty folder, and used there. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { type RunningServer, startServer } from '@millrace/testkit';
import { build } from 'esbuild';
import { bytesOf } from '../faults/random.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
let server: RunningServer;
let folder: string;
let env: NodeJS.ProcessEnv;

before(async () => {
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), 'millrace-package-'));
  env = {
    PATH: process.env.PATH,
    HOME: folder,
    MILLRACE_ENDPOINT: server.endpoint,
    OSS_ACCESS_KEY_ID: server.accessKeyId,
    OSS_ACCESS_KEY_SECRET: server.accessKeySecret,
  };
  const made = join(folder, 'made');
  await run(process.execPath, [join(root, 'scripts/pack-sdk.ts'), made]);
  await run('npm', ['pack', '--silent', '--pack-destination', folder, made], { cwd: folder, env });
  await mkdir(join(folder, 'user'));
  await writeFile(join(folder, 'user/package.json'), '{"type":"module","private":true}');
  const install = ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '../millrace-0.1.0.tgz'];
  await run('npm', install, { cwd: join(folder, 'user'), env });
});
after(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const PROGRAM = `
import { anonymousCredentials, Downloader, image, Imm, Oss, ServiceError, Uploader } from 'millrace';

const oss = new Oss({
  endpoint: process.env.MILLRACE_ENDPOINT ?? '',
  region: 'cn-hangzhou',
  accessKeyId: process.env.OSS_ACCESS_KEY_ID ?? '',
  accessKeySecret: process.env.OSS_ACCESS_KEY_SECRET ?? '',
});
await oss.putBucket({ bucket: 'packed' });
const options = { partSize: 256 * 1024, checkpointDir: 'records' };
const { crc64 } = await new Uploader(oss, options).uploadFile({ bucket: 'packed', key: 'a' }, 'source');
const got = await new Downloader(oss, options).downloadFile({ bucket: 'packed', key: 'a' }, 'target');
const refused = await oss.headObject({ bucket: 'packed', key: 'b' }).catch((error: unknown) => error instanceof ServiceError && error.code);
const small: string = image().resize({ w: 10 }).toString();
const imm = new Imm({ endpoint: process.env.MILLRACE_ENDPOINT ?? '', credentials: anonymousCredentials });
console.log(got.crc64 === crc64, refused, small, typeof imm.createOfficeConversionTask);
`;

test('brings nothing with it, is a fifth of the packages of ali-oss at most, and moves a file', async () => {
  const user = join(folder, 'user');
  assert.deepEqual(
    (await readdir(join(user, 'node_modules'))).filter((name) => !name.startsWith('.')),
    ['millrace'],
  );
  const theirs = await packagesOf('ali-oss');
  assert.ok(theirs >= 5, `ali-oss comes with ${theirs}`);
  const bytes = bytesOf(1, 1_500_000);
  await writeFile(join(user, 'source'), bytes);
  await writeFile(join(user, 'program.ts'), PROGRAM);
  const { stdout } = await run(process.execPath, ['program.ts'], { cwd: user, env });
  assert.equal(stdout, 'true NoSuchKey image/resize,w_10 function\n');
  assert.ok((await readFile(join(user, 'target'))).equals(bytes));
});

test('its types are whole: a strict program compiles against them, and a wrong one does not', async () => {
  const user = join(folder, 'user');
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--lib',
    'es2024,esnext.disposable,dom,dom.iterable,dom.asynciterable',
  ];
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
  const compile = (file: string) =>
    run(join(root, 'node_modules/.bin/tsc'), [...options, ...types, file], { cwd: user });
  await writeFile(join(user, 'right.ts'), PROGRAM);
  await compile('right.ts');
  await writeFile(join(user, 'wrong.ts'), PROGRAM.replace('resize({ w: 10 })', 'resize({ width: 10 })'));
  await assert.rejects(compile('wrong.ts'), ({ stdout }: { stdout: string }) =>
    stdout.includes("'width' does not exist"),
  );
});

test('its client for browsers takes 60 KiB with gzip at most', async () => {
  const { outputFiles } = await build({
    stdin: { contents: `export { Oss } from 'millrace'`, resolveDir: join(folder, 'user') },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  const size = gzipSync(outputFiles[0]?.contents ?? '').length;
  assert.ok(size <= 60 * 1024, `${size} bytes`);
});

test('its command line works, and tells its version', async () => {
  const user = join(folder, 'user');
  const millrace = join(user, 'node_modules/.bin/millrace');
  assert.equal((await run(millrace, ['--version'], { env })).stdout, '0.1.0\n');
  // Verbs of the server, which is not in it, are not promised.
  assert.doesNotMatch((await run(millrace, ['help'], { env })).stdout, /^ {2}serve/m);
  await run(millrace, ['cp', 'source', 'oss://packed/by-cli'], { cwd: user, env });
  assert.match(
    (await run(millrace, ['ls', 'oss://packed/', '-s'], { cwd: user, env })).stdout,
    /oss:\/\/packed\/by-cli/,
  );
});

/** How many packages come with one of those that the wire tests pin, itself included. */
async function packagesOf(name: string): Promise<number> {
  const lock: { packages: Record<string, { dependencies?: Record<string, string> }> } = JSON.parse(
    await readFile(join(root, 'tests/wire/node/package-lock.json'), 'utf8'),
  );
  const found = new Set<string>();
  const visit = (wanted: string, from: string): void => {
    for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
      const path = `${at === '' ? '' : `${at}/`}node_modules/${wanted}`;
      const entry = lock.packages[path];
      if (entry) {
        if (found.has(path)) return;
        found.add(path);
        for (const dependency of Object.keys(entry.dependencies ?? {})) visit(dependency, path);
        return;
      }
      if (at === '') return;
    }
  };
  visit(name, '');
  return found.size;
}
