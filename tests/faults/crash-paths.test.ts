/**
 * Kills whoever writes, along each of the ways in which objects change, at a step drawn by lot: within the body, between
 * write, sync and commit, within the transaction and just after it. `MILLRACE_CRASH_ROUNDS` says how often for each way
 * (10), `MILLRACE_FAULT_SEED` repeats the choices of an earlier run.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { writePaths } from './paths/write-paths.ts';

const rounds = Number(process.env.MILLRACE_CRASH_ROUNDS ?? 10);
const seed = Number(process.env.MILLRACE_FAULT_SEED ?? Date.now() % 1_000_000);

const round = fileURLToPath(new URL('./paths/crash-round.ts', import.meta.url));
const compiled = fileURLToPath(new URL('../../.cache/compile', import.meta.url));

function run(...words: string[]): Promise<{ signal: string | null; code: number | null; said: string }> {
  const env = { ...process.env, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? compiled };
  const child = spawn(process.execPath, [round, ...words], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ signal, code, said }));
  });
}

describe(`nothing acknowledged is lost, torn or left over in ${rounds} kills`, { concurrency: 2 }, () => {
  for (const [index, path] of Object.keys(writePaths).entries()) {
    test(`while the path is ${path}`, { timeout: 60_000 + rounds * 10_000 }, async (t) => {
      const folder = await mkdtemp(join(tmpdir(), 'millrace-path-'));
      for (let number = 1; number <= rounds; number++) {
        const itsSeed = seed + index * 1_000_003 + number;
        const { signal, said } = await run(folder, path, String(number), String(itsSeed));
        assert.equal(signal, 'SIGKILL', `round ${number} of ${path}, seed ${itsSeed}, in ${folder}:\n${said}`);
      }
      const last = await run(folder, path, String(rounds + 1), '0');
      assert.equal(last.code, 0, `after ${rounds} rounds of ${path} in ${folder}:\n${last.said}`);
      t.diagnostic(`${rounds} kills, MILLRACE_FAULT_SEED=${seed}`);
      await rm(folder, { recursive: true });
    });
  }
});
