import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

/** What a process says, and its exit code, that has a server's handlers and then does this. */
function afterwards(fault: string): {
  lines: { level: number; msg: string; err?: { message: string } }[];
  code: number | null;
} {
  const program = `
    import { pino } from 'pino';
    import { logStrayFaults } from ${JSON.stringify(new URL('./stray-faults.ts', import.meta.url).href)};
    const log = pino();
    logStrayFaults(process, log, (code) => process.exit(code));
    setTimeout(() => log.info('went on'), 50);
    ${fault}`;
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  return {
    lines: stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
    code: status,
  };
}

test('a rejection that nobody waits for is logged, and the server goes on', () => {
  const { lines, code } = afterwards("Promise.reject(new Error('stray'));");
  assert.deepEqual(
    lines.map(({ level, err }) => [level, err?.message]),
    [
      [50, 'stray'],
      [30, undefined],
    ],
  );
  assert.equal(code, 0);
});

test('an error that nobody catches is logged, and the server ends', () => {
  const { lines, code } = afterwards("setTimeout(() => { throw new Error('lost'); }, 1);");
  assert.deepEqual(
    lines.map(({ level, err }) => [level, err?.message]),
    [[60, 'lost']],
  );
  assert.equal(code, 1);
});
