import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Patience } from './patience.ts';

const MODULE = fileURLToPath(new URL('./patience.ts', import.meta.url));

test('patience comes to its end', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const patience = new Patience(300, resolve);
  assert.equal(patience.over, false);
  await promise;
  assert.equal(patience.over, true);
});

test('time in which the process was stopped does not spend patience', { timeout: 60_000 }, async (t) => {
  const program = `
    const { Patience } = await import(${JSON.stringify(MODULE)});
    const began = performance.now();
    new Patience(1_500, () => process.stdout.write(String(performance.now() - began)));
    process.stdout.write('waiting ');
    process.kill(process.pid, 'SIGSTOP');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const closed = once(child, 'close');
  closed.catch(() => undefined);
  await once(child.stdout, 'data');
  await pause(2_000);
  // Again and again, because it may only be stopping now.
  const waking = setInterval(() => child.kill('SIGCONT'), 100);
  t.after(() => clearInterval(waking));
  await closed;
  // Of the 2 s in which it was stopped, one tick counts for a second at most.
  const waitedMs = Number(said.replace('waiting ', ''));
  assert.ok(waitedMs > 2_300, `gave up after ${waitedMs} ms`);
});
