/** A file system that is really full, small and in memory, which bubblewrap gives to a server as its data folder. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Answer, type Keys, oss, until } from '@millrace/testkit';
import { accepted } from './actor.ts';
import { bytesOf, Dice } from './random.ts';

const MILLRACE = fileURLToPath(new URL('../../bin/millrace', import.meta.url));
const account = { accessKeyId: 'MillraceTestKey00001', accessKeySecret: 'MillraceTestSecretABCDEFGHIJKL' };
const DISK_BYTES = 48 * 1024 * 1024;
/** Kept with the records, and in a file of its own. */
const SIZES = [2_000, 30_000, 100_000, 700_000] as const;
const seed = Number(process.env.MILLRACE_FAULT_SEED ?? Date.now() % 1_000_000);

test('a full disk refuses writes, keeps what it has, and is over when there is room', {
  timeout: 120_000,
}, async (t) => {
  t.diagnostic(`MILLRACE_FAULT_SEED=${seed}`);
  const dice = new Dice(seed);
  const folder = await mkdtemp(join(tmpdir(), 'millrace-full-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const child = spawn(
    'bwrap',
    [
      ...['--dev-bind', '/', '/', '--size', String(DISK_BYTES), '--tmpfs', folder, '--die-with-parent'],
      ...['--', MILLRACE, 'serve'],
    ],
    {
      env: {
        ...process.env,
        ...{ MILLRACE_DATA: folder, MILLRACE_PORT: '0', MILLRACE_CONSOLE_PORT: '0', MILLRACE_LOG_LEVEL: 'error' },
        ...{ MILLRACE_ACCESS_KEY_ID: account.accessKeyId, MILLRACE_ACCESS_KEY_SECRET: account.accessKeySecret },
      },
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  t.after(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const ready = await new Promise<{ endpoint: string; console: string; pid: number }>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"msg":"ready"')) resolve(JSON.parse(line));
    });
    ended.then(([code]) => reject(new Error(`ended with ${code} before it was ready`)), reject);
  });
  const keys: Keys = { ...account, endpoint: ready.endpoint };
  accepted(await oss(keys, { method: 'PUT', path: '/full/' }), 200);

  // The disk as the server sees it.
  const ballast = `/proc/${ready.pid}/root${join(folder, 'ballast')}`;
  const fill = (): void => {
    const file = openSync(ballast, 'a');
    try {
      for (const size of [1024 * 1024, 4096]) {
        const piece = Buffer.alloc(size);
        try {
          for (;;) writeSync(file, piece);
        } catch (error) {
          assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
        }
      }
    } finally {
      closeSync(file);
    }
  };

  const stored = new Map<string, Buffer>();
  let count = 0;
  /** Gives whether it was stored; if not, the answer says so as the vendor's would. */
  const write = async (): Promise<boolean> => {
    const number = ++count;
    const body = bytesOf(number, dice.pick(SIZES));
    const path = `/full/k${number}`;
    const send = (): Promise<Answer> =>
      number % 3 === 0
        ? oss(keys, { method: 'POST', path, query: { append: '', position: '0' }, body })
        : oss(keys, { method: 'PUT', path, body });
    const { status, text } = await send();
    if (status === 200) stored.set(`k${number}`, body);
    else assert.deepEqual([status, /<Code>(\w+)</.exec(text)?.[1]], [503, 'ServiceUnavailable'], text);
    return status === 200;
  };
  const checkAll = async (): Promise<void> => {
    for (const [key, body] of stored) {
      assert.ok(accepted(await oss(keys, { method: 'GET', path: `/full/${key}` }), 200).body.equals(body), key);
    }
    const listed = accepted(await oss(keys, { method: 'GET', path: '/full/', query: { 'max-keys': '1000' } }), 200);
    assert.deepEqual(
      Array.from(listed.text.matchAll(/<Key>(\w+)</g), ([, key]) => key),
      [...stored.keys()].sort(),
    );
  };

  for (let number = 0; number < 6; number++) assert.ok(await write());
  for (let round = 0; round < 3; round++) {
    fill();
    // Small ones may still find room in what the log of the records has already.
    let refused = 0;
    while (refused < 20) {
      const results = await Promise.all(Array.from({ length: 8 }, write));
      refused += results.filter((wasStored) => !wasStored).length;
    }
    assert.equal((await fetch(`${ready.console}/-/ready`)).status, 503);
    await checkAll();
    rmSync(ballast);
    await until('writes to go on', 10_000, write);
    for (let number = 0; number < 6; number++) assert.ok(await write());
    await checkAll();
  }
  assert.equal((await fetch(`${ready.console}/-/ready`)).status, 200);
  process.kill(ready.pid, 'SIGTERM');
  assert.equal((await ended)[0], 0);
});
