import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isDomainError } from '../../domain/errors.ts';
import { createToolHost, type SandboxedToolHost } from './create-tool-host.ts';
import type { ToolLimits } from './tool-host.ts';

const limits: ToolLimits = {
  wallMs: 20_000,
  cpuSeconds: 20,
  memoryBytes: 512 * 1024 * 1024,
  outputBytes: 64 * 1024 * 1024,
  processes: 16,
};
const signal = new AbortController().signal;

/** Processes anywhere on the machine whose command line holds a word. */
function processesWith(word: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(word);
    } catch {
      return false;
    }
  });
}

/** Sandboxes that have ended and that nobody has buried. */
function zombies(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+ \(bwrap\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    } catch {
      return false;
    }
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-host-'));
});
after(() => rm(folder, { recursive: true, force: true }));

for (const sandbox of ['on', 'off'] as const) {
  describe(`a tool host with the sandbox ${sandbox}`, () => {
    let host: SandboxedToolHost;
    before(() => {
      host = createToolHost({ folder: join(folder, sandbox), sandbox });
    });
    after(() => host.close());

    test('gives a tool its inputs and takes its output', async () => {
      await using workspace = await host.workspace();
      const source = join(folder, `source-${sandbox}`);
      writeFileSync(source, 'some bytes');
      workspace.input('in.txt', source);
      const { stdout, stderr } = await host.run({
        workspace,
        command: 'sh',
        arguments: ['-c', `cat ${workspace.inside}/in.txt; echo made > out; echo said >&2`],
        limits,
        signal,
      });
      assert.equal(Buffer.from(stdout).toString(), 'some bytes');
      assert.equal(stderr, 'said\n');
      assert.equal(readFileSync(await workspace.output('out'), 'utf8'), 'made\n');
    });

    test('streams many bytes through a program that stays', async () => {
      await using workspace = await host.workspace();
      const cat = await host.start({ workspace, command: 'cat', arguments: [], limits, signal });
      let received = 0;
      cat.stdout.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      const ended = once(cat.stdout, 'close');
      const block = Buffer.alloc(1024 * 1024, 7);
      for (let index = 0; index < 64; index++) if (!cat.stdin.write(block)) await once(cat.stdin, 'drain');
      cat.stdin.end();
      assert.equal((await cat.exited).code, 0);
      await ended;
      assert.equal(received, 64 * block.length);
    });

    test('ends a tool and its children at the deadline', async () => {
      await using workspace = await host.workspace();
      const mark = `61.${Date.now() % 1000}${sandbox === 'on' ? 1 : 2}`;
      await assert.rejects(
        host.run({
          workspace,
          command: 'sh',
          arguments: ['-c', `sleep ${mark} & sleep ${mark}`],
          limits: { ...limits, wallMs: 150 },
          signal,
        }),
        (error) => isDomainError(error, 'MediaTooLarge') && error.details.limit === 'time',
      );
      assert.deepEqual(processesWith(mark), []);
    });

    test('ends a tool when its caller gives up', async () => {
      await using workspace = await host.workspace();
      const caller = new AbortController();
      const running = await host.start({ workspace, command: 'cat', arguments: [], limits, signal: caller.signal });
      caller.abort();
      assert.equal((await running.exited).stopped, 'killed');
    });

    test('limits what a tool may allocate and write', async () => {
      await using workspace = await host.workspace();
      const hungry = { workspace, command: '/usr/bin/python3', limits: { ...limits, memoryBytes: 256 << 20 }, signal };
      await assert.rejects(host.run({ ...hungry, arguments: ['-c', 'x = b"a" * (1 << 30)'] }), (error) =>
        isDomainError(error, 'EngineFailed'),
      );
      await assert.rejects(
        host.run({
          workspace,
          command: 'dd',
          arguments: ['if=/dev/zero', 'of=big', 'bs=1M', 'count=4'],
          limits: { ...limits, outputBytes: 1 << 20 },
          signal,
        }),
        (error) => isDomainError(error, 'MediaTooLarge') && error.details.limit === 'output',
      );
    });

    test('limits what a tool and its children hold together', async () => {
      await using workspace = await host.workspace();
      const one = 'python3 -c "x = b\'a\' * (150 << 20); import sys; sys.stdin.read()"';
      const running = await host.start({
        workspace,
        command: 'sh',
        arguments: ['-c', `mkfifo hold; exec 3<>hold; ${one} <&3 & ${one} <&3 & wait`],
        limits: { ...limits, memoryBytes: 256 << 20 },
        signal,
      });
      assert.equal((await running.exited).stopped, 'memory');
    });

    test('does not follow a link that a tool left as its output', async () => {
      await using workspace = await host.workspace();
      await host.run({ workspace, command: 'ln', arguments: ['-s', '/etc/hostname', 'out'], limits, signal });
      await assert.rejects(workspace.output('out'), (error) => isDomainError(error, 'EngineFailed'));
      symlinkSync('/etc', join(workspace.path, 'folder'));
      await assert.rejects(workspace.output('folder/hostname'), (error) => isDomainError(error, 'EngineFailed'));
    });

    test('says which program is not installed', async () => {
      await using workspace = await host.workspace();
      await assert.rejects(
        host.run({ workspace, command: 'no-such-program', arguments: [], limits, signal }),
        (error) => isDomainError(error, 'EngineMissing') && error.details.reason.includes('no-such-program'),
      );
    });

    test('starts another supervisor when its own dies, and lets go of what that one ran', async () => {
      await using workspace = await host.workspace();
      const running = await host.start({ workspace, command: 'cat', arguments: [], limits, signal });
      assert.ok(host.supervisorPid);
      process.kill(host.supervisorPid, 'SIGKILL');
      assert.equal((await running.exited).stopped, 'host ended');
      const { stdout } = await host.run({ workspace, command: 'echo', arguments: ['again'], limits, signal });
      assert.equal(Buffer.from(stdout).toString(), 'again\n');
    });

    test('leaves no process behind when the server is killed', async () => {
      const mark = `62.${Date.now() % 1000}${sandbox === 'on' ? 1 : 2}`;
      const server = await startServer(join(folder, `killed-${sandbox}`), sandbox, mark);
      assert.ok(processesWith(mark).length > 0);
      server.kill('SIGKILL');
      await once(server, 'exit');
      await until(() => processesWith(mark).length === 0);
    });
  });
}

describe('in the sandbox', () => {
  let host: SandboxedToolHost;
  before(() => {
    host = createToolHost({ folder: join(folder, 'confined'), sandbox: 'on' });
  });
  after(() => host.close());

  test('a tool has no network, and can neither read nor write the machine', async () => {
    await using workspace = await host.workspace();
    const { stdout } = await host.run({
      workspace,
      command: '/usr/bin/python3',
      arguments: [
        '-c',
        [
          'import os, socket',
          'def tried(what):',
          '    try:',
          '        what(); return "done"',
          '    except OSError: return "refused"',
          'print(tried(lambda: socket.create_connection(("127.0.0.1", 22), 1)))',
          'print(tried(lambda: open("/usr/written", "w")), tried(lambda: open("/written/x", "w")))',
          `print(os.path.exists(${JSON.stringify(folder)}), os.path.exists("/etc/shadow"), os.path.exists("/root"))`,
          'print(tried(lambda: os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY)))',
          'print(len([name for name in os.listdir("/proc") if name.isdigit()]) < 5, sorted(os.environ)[:3])',
        ].join('\n'),
      ],
      limits,
      signal,
    });
    assert.deepEqual(Buffer.from(stdout).toString().trim().split('\n'), [
      'refused',
      'refused refused',
      'False False False',
      'refused',
      "True ['HOME', 'LANG', 'PATH']",
    ]);
  });

  test('tools that ended, overran their time or were cancelled leave no zombies to process 1', async () => {
    const known = new Set(zombies());
    const job = async (number: number): Promise<void> => {
      await using workspace = await host.workspace();
      const caller = new AbortController();
      const script = ['true', 'sleep 9 & sleep 9', 'sleep 9'][number % 3] ?? '';
      if (number % 3 === 2) setTimeout(() => caller.abort(), number);
      const run = host.run({
        workspace,
        command: 'sh',
        arguments: ['-c', script],
        limits: { ...limits, wallMs: number % 3 === 1 ? 100 : limits.wallMs },
        signal: caller.signal,
      });
      await run.catch(() => undefined);
    };
    for (let round = 0; round < 6; round++) {
      await Promise.all(Array.from({ length: 6 }, (_, index) => job(round * 6 + index)));
    }
    // A handful may be those of servers that other tests kill; one for each of these jobs would be 36.
    const left = zombies().filter((pid) => !known.has(pid));
    assert.ok(left.length < 6, `${left.length} zombies`);
  });

  test('a tool cannot change its input', async () => {
    await using workspace = await host.workspace();
    const source = join(folder, 'precious');
    writeFileSync(source, 'kept');
    workspace.input('in', source);
    await host.run({
      workspace,
      command: 'sh',
      arguments: ['-c', 'echo lost > in || true; rm -f in || true'],
      limits,
      signal,
    });
    assert.equal(readFileSync(source, 'utf8'), 'kept');
  });
});

test('what a killed server left in the folder is removed', async () => {
  const left = join(folder, 'left');
  const first = createToolHost({ folder: left, sandbox: 'off' });
  const { path } = await first.workspace();
  const second = createToolHost({ folder: left, sandbox: 'off' });
  assert.equal(existsSync(path), false);
  await second.close();
});

/** A server of its own process that runs one tool; resolves once the tool runs. */
async function startServer(at: string, sandbox: string, mark: string): Promise<ChildProcess> {
  const module = fileURLToPath(new URL('./create-tool-host.ts', import.meta.url));
  const script = `
    import { createToolHost } from ${JSON.stringify(module)};
    const host = createToolHost({ folder: ${JSON.stringify(at)}, sandbox: ${JSON.stringify(sandbox)} });
    const limits = ${JSON.stringify(limits)};
    const tool = await host.start({ workspace: await host.workspace(), command: 'sh',
      arguments: ['-c', 'echo up; exec sleep ${mark}'], limits, signal: new AbortController().signal });
    tool.stdout.once('data', () => console.log('up'));`;
  const server = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(createInterface({ input: server.stdout }), 'line');
  return server;
}
