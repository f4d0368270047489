import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import type { RecordsUnderTest } from './records-under-test.ts';

export function killedWriterContract(on: RecordsUnderTest): void {
  describe('a process killed while it writes', () => {
    test('has lost nothing that it was told was done, three times in a row', async () => {
      await on.makeBucket();
      await on.close();
      let first = 0;
      for (let round = 1; round <= 3; round++) {
        const acknowledged = await killedWriter(on.writerProgram(), first, 200 * round);
        await on.open();
        for (const n of acknowledged) assert.equal((await on.store.reads.objects.get(1, `k${n}`))?.size, n, `k${n}`);
        await on.close();
        first = Math.max(...acknowledged) + 1;
      }
      await on.open();
    });
  });
}

/** Runs a writer until it has acknowledged `count` puts, kills it, and gives the numbers of all it acknowledged. */
async function killedWriter(
  program: { command: string; args: string[] },
  first: number,
  count: number,
): Promise<Set<number>> {
  const args = [...program.args, String(first)];
  const child: ChildProcess = spawn(program.command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const acknowledged = new Set<number>();
  if (child.stdout === null) throw new Error('The writer has no output.');
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.add(Number(line));
    if (acknowledged.size === count) child.kill('SIGKILL');
  }
  await exited;
  assert.ok(acknowledged.size >= count, 'the writer ended before it was killed');
  return acknowledged;
}
