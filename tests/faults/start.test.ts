import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MILLRACE = fileURLToPath(new URL('../../bin/millrace', import.meta.url));

for (const setting of ['MILLRACE_PORT', 'MILLRACE_CONSOLE_PORT']) {
  test(`a port in use is told as a fault of ${setting}`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-start-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const other = createServer().listen(0, '127.0.0.1');
    t.after(() => other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const child = spawn(MILLRACE, ['serve'], {
      env: {
        ...process.env,
        MILLRACE_DATA: folder,
        MILLRACE_PORT: '0',
        MILLRACE_CONSOLE_PORT: '0',
        [setting]: `${port}`,
      },
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    assert.equal(code, 2);
    assert.match(said, new RegExp(`${setting}: .*${port}.*set another port`));
    assert.doesNotMatch(said, /\n +at /);
  });
}
