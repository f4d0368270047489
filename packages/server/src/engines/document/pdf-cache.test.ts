import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { PdfCache } from './pdf-cache.ts';

test('a cache of PDF files gives back copies, keeps within its size, and forgets what was used longest ago', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-pdf-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const cache = new PdfCache({ folder: join(folder, 'kept'), mostBytes: 400 });
  const source = join(folder, 'made.pdf');
  const into = join(folder, 'into.pdf');
  const keep = async (name: string, bytes: number) => {
    await writeFile(source, name.repeat(bytes));
    await cache.keep(name, source, [{ name: `sheet of ${name}`, pages: 2 }]);
  };
  for (const name of ['a', 'b', 'c', 'd']) await keep(name, 100);
  assert.deepEqual(await cache.take('a', into), [{ name: 'sheet of a', pages: 2 }]);
  await writeFile(into, 'changed by a tool');
  assert.ok(await cache.take('a', into));
  assert.equal(await readFile(into, 'utf8'), 'a'.repeat(100));
  await keep('e', 100);
  assert.equal(await cache.take('b', into), undefined);
  assert.ok(await cache.take('a', into));
  await keep('too large', 200);
  assert.equal(await cache.take('too large', into), undefined);
  assert.equal((await readdir(join(folder, 'kept'))).length, 4);
  await rm(join(folder, 'kept'), { recursive: true });
  assert.equal(await cache.take('a', into), undefined);
});
