import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { descendants, endOf } from './processes.ts';
import { until } from './until.ts';

test('children and their children are found, and their end is seen', async () => {
  // The shell prints once it has its own child, and waits for it.
  const shell = spawn('sh', ['-c', 'sleep 60 & echo started; wait'], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(shell.stdout, 'data');
  const family = await until('the sleeper', 5_000, () => {
    const found = descendants(process.pid).filter(({ command }) => command === 'sleep 60');
    return found.length === 1 && found;
  });
  await assert.rejects(endOf(family, 30), /still running: \d+ sleep 60/);
  for (const { pid } of family) process.kill(pid, 'SIGKILL');
  await endOf(family, 5_000);
  shell.kill('SIGKILL');
});

test('until gives what the condition gives and names what was in vain', async () => {
  let asked = 0;
  assert.equal(await until('three', 1_000, () => (++asked === 3 ? asked : undefined)), 3);
  await assert.rejects(
    until('the impossible', 20, () => false),
    /20 ms in vain for the impossible/,
  );
});
