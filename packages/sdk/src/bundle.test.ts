import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

test('the OSS client for browsers bundles without Node, into at most 60 KiB with gzip', async (t) => {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { Oss } from './browser.ts'`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      loader: 'ts',
    },
    bundle: true,
    minify: true,
    format: 'esm',
    // Anything of Node's would be left as an import here, and fails the build.
    platform: 'browser',
    target: 'es2022',
    write: false,
  });
  const size = gzipSync(outputFiles[0]?.contents ?? new Uint8Array()).length;
  t.diagnostic(`${(size / 1024).toFixed(1)} KiB with gzip`);
  assert.ok(size <= 60 * 1024, `${size} bytes`);
});
