/**
 * Makes the npm package `millrace` of what it is developed as: `node scripts/pack-sdk.ts FOLDER`. JavaScript without
 * dependencies for Node and for browsers, types, and the command line. `npm pack FOLDER` makes the archive to publish.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const packages = join(root, 'packages');

/** Whose types those of the SDK are made of. */
const TYPED = ['sdk', 'crc64', 'protocol', 'process'];

const BANNER = '// Made by scripts/pack-sdk.ts.';

export async function packSdk(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const shared: BuildOptions = {
    bundle: true,
    format: 'esm',
    target: 'es2022',
    outdir: folder,
    absWorkingDir: root,
    banner: { js: BANNER },
    legalComments: 'inline',
    logLevel: 'warning',
  };
  const clients = readdirSync(join(packages, 'sdk/src/browser')).map((file) => file.replace(/\.ts$/, ''));
  await build({
    ...shared,
    // Pieces by client: bundlers drop those that a page does not use.
    entryPoints: {
      browser: 'packages/sdk/src/browser.ts',
      ...Object.fromEntries(clients.map((name) => [`browser/${name}`, `packages/sdk/src/browser/${name}.ts`])),
    },
    platform: 'browser',
    splitting: true,
    chunkNames: 'shared/[hash]',
  });
  await build({
    ...shared,
    entryPoints: { index: 'packages/sdk/src/node/index.ts', 'bin/millrace': 'packages/cli/src/main.ts' },
    platform: 'node',
    // The client is the same file for programs and for the command line.
    splitting: true,
    chunkNames: 'shared/[hash]',
  });
  addShebang(join(folder, 'bin/millrace.js'));
  writeTypes(join(folder, 'types'));
  const { name, version, description, license, engines } = JSON.parse(
    readFileSync(join(packages, 'sdk/package.json'), 'utf8'),
  );
  const manifest = {
    name,
    version,
    description,
    license,
    type: 'module',
    engines,
    bin: { millrace: 'bin/millrace.js' },
    types: './types/sdk/node/index.d.ts',
    exports: {
      '.': {
        browser: { types: './types/sdk/browser.d.ts', default: './browser.js' },
        default: { types: './types/sdk/node/index.d.ts', default: './index.js' },
      },
      './browser': { types: './types/sdk/browser.d.ts', default: './browser.js' },
    },
    sideEffects: false,
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  cpSync(join(root, 'docs/sdk.md'), join(folder, 'README.md'));
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
}

function addShebang(file: string): void {
  writeFileSync(file, `#!/usr/bin/env node\n${readFileSync(file, 'utf8')}`, { mode: 0o755 });
}

/** The declarations of all packages side by side, with paths where the names of packages were. */
function writeTypes(folder: string): void {
  const made = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-b', 'packages/sdk'], { cwd: root, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`tsc failed: ${made.stdout}${made.stderr}`);
  for (const name of TYPED) {
    const from = join(root, '.types', name);
    for (const entry of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
      if (!entry.endsWith('.d.ts') || entry.endsWith('.test.d.ts')) continue;
      const target = join(folder, name, entry);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, withPaths(readFileSync(join(from, entry), 'utf8'), target, folder));
    }
  }
}

/** `./a.ts` becomes `./a.js`, and `@millrace/protocol/oss` the way there. */
function withPaths(text: string, file: string, folder: string): string {
  return text.replace(
    /((?:from|import)\s*\(?\s*)(['"])([^'"]+)\2/g,
    (whole, before: string, quote: string, name: string) => {
      if (name.startsWith('.')) return `${before}${quote}${name.replace(/\.ts$/, '.js')}${quote}`;
      const [, ours, path] = /^@millrace\/([a-z0-9]+)(?:\/(.+))?$/.exec(name) ?? [];
      if (ours === undefined) return whole;
      const target = join(folder, ours, path ?? '', 'index.js');
      const way = relative(dirname(file), target);
      return `${before}${quote}${way.startsWith('.') ? way : `./${way}`}${quote}`;
    },
  );
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await packSdk(resolve(process.argv[2] ?? join(root, '.cache/npm/millrace')));
}
