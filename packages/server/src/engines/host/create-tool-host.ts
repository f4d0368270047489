import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { lstat, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DomainError } from '../../domain/errors.ts';
import { exitError } from './exit-error.ts';
import { findProgram, INSIDE, limited, probeSandbox, type SandboxState, sandboxed } from './sandbox.ts';
import { type FromSupervisor, type StartMessage, TOKEN_LENGTH, type ToSupervisor } from './supervisor-messages.ts';
import type { RunningTool, ToolExit, ToolHost, ToolRun, Workspace } from './tool-host.ts';

/** The longest path a Unix socket may have is 107 bytes. */
const LONGEST_SOCKET_PATH = 100;

/** More than this on stdout, and `start` is the way to read it. */
const STDOUT_LIMIT = 256 * 1024 * 1024;

/** How long a sandbox that was refused is not tried again. */
const REFUSED_MS = 10_000;

export interface ToolHostSettings {
  /** Where workspaces are made; what a killed server left there is removed. The host's own: nothing else may live in it. */
  folder: string;
  /** `off` runs tools with limits and in a process group of their own, but with all the rights of the server. */
  sandbox: 'on' | 'off';
}

export interface SandboxedToolHost extends ToolHost {
  /** Whether tools are confined; when they cannot be, what to do about it. */
  sandbox(): Promise<SandboxState>;
  /** The supervisor's process id while there is one. */
  readonly supervisorPid: number | undefined;
}

/** Runs tools through a supervisor process, in bubblewrap unless `sandbox` is off. Nothing is started before it is needed. */
export function createToolHost(settings: ToolHostSettings): SandboxedToolHost {
  return new SupervisedHost(settings);
}

interface Pending {
  stdin: Socket | undefined;
  stdout: Socket | undefined;
  pid: number | undefined;
  ready: (tool: Started) => void;
  failed: (error: Error) => void;
}

interface Started {
  stdin: Socket;
  stdout: Socket;
  pid: number;
}

interface Active {
  token: string;
  pid: number;
  ended: (exit: ToolExit) => void;
}

class SupervisedHost implements SandboxedToolHost {
  readonly #folder: string;
  readonly #sandbox: 'on' | 'off';
  #state: Promise<SandboxState> | undefined;
  #supervisor: ChildProcess | undefined;
  #listener: Promise<{ server: Server; path: string }> | undefined;
  #socketFolder: string | undefined;
  #nextId = 1;
  #closed = false;
  /** Started, but not yet connected and confirmed. */
  readonly #pending = new Map<number, Pending>();
  readonly #tokens = new Map<string, number>();
  readonly #active = new Map<number, Active>();

  constructor(settings: ToolHostSettings) {
    this.#folder = resolve(settings.folder);
    this.#sandbox = settings.sandbox;
    // Left by a process that was killed; nobody can be using it.
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  get supervisorPid(): number | undefined {
    return this.#supervisor?.pid;
  }

  sandbox(): Promise<SandboxState> {
    this.#state ??= this.#sandbox === 'off' ? Promise.resolve({ state: 'off' }) : this.#probe();
    return this.#state;
  }

  /** A refusal is forgotten after a while: what it asks for may have been done. */
  async #probe(): Promise<SandboxState> {
    const sandbox = await probeSandbox();
    if (sandbox.state === 'refused') {
      setTimeout(() => {
        this.#state = undefined;
      }, REFUSED_MS).unref();
    }
    return sandbox;
  }

  async workspace(): Promise<Workspace> {
    const path = await realpath(await mkdtemp(join(this.#folder, 'job-')));
    const inputs = new Map<string, string>();
    return {
      path,
      inside: this.#sandbox === 'on' ? INSIDE : path,
      inputs,
      input(name, localPath) {
        if (!/^[\w][\w.-]*$/.test(name)) throw new TypeError(`An input needs a plain file name, not ${name}`);
        inputs.set(name, resolve(localPath));
      },
      async output(name) {
        const file = resolve(path, name);
        const stat = await lstat(file).catch(() => undefined);
        // A link in the middle of the path shows in realpath, one at its end in lstat.
        if (!stat?.isFile() || !file.startsWith(`${path}/`) || (await realpath(file)) !== file) {
          throw new DomainError('EngineFailed', { reason: `The engine left no file ${name}.` });
        }
        return file;
      },
      async [Symbol.asyncDispose]() {
        await rm(path, { recursive: true, force: true, maxRetries: 3 });
      },
    };
  }

  async start(tool: ToolRun): Promise<RunningTool> {
    tool.signal.throwIfAborted();
    if (this.#closed) throw new DomainError('EngineFailed', { reason: 'The server is stopping.' });
    const sandbox = await this.sandbox();
    if (sandbox.state === 'refused') throw new DomainError('EngineMissing', { reason: sandbox.reason });
    const program = findProgram(tool.command);
    if (!program) {
      throw new DomainError('EngineMissing', { reason: `${tool.command} is not installed on this machine.` });
    }
    const command = [...limited(tool.limits, { userNamespace: sandbox.state === 'on' }), program, ...tool.arguments];
    if (sandbox.state === 'off') await linkInputs(tool.workspace);
    const [file = '', ...rest] =
      sandbox.state === 'on'
        ? sandboxed(tool.workspace, tool.visible ?? [], command)
        : ['setpriv', '--pdeathsig', 'KILL', '--', ...command];
    const { path: socket } = await this.#listen();
    tool.signal.throwIfAborted();

    const id = this.#nextId++;
    const token = randomBytes(TOKEN_LENGTH / 2).toString('hex');
    const message: StartMessage = {
      type: 'start',
      id,
      file,
      arguments: rest,
      environment: {
        PATH: '/usr/local/bin:/usr/bin:/bin',
        HOME: tool.workspace.inside,
        LANG: 'C.UTF-8',
        TMPDIR: sandbox.state === 'on' ? '/tmp' : tool.workspace.path,
        ...tool.environment,
      },
      folder: tool.workspace.path,
      sandboxed: sandbox.state === 'on',
      socket,
      token,
      wallMs: finite(tool.limits.wallMs),
      memoryBytes: finite(tool.limits.memoryBytes),
      processes: finite(tool.limits.processes),
    };
    let ended: (exit: ToolExit) => void = () => {};
    const exited = new Promise<ToolExit>((resolveExit) => {
      ended = resolveExit;
    });
    const supervisor = this.#ensureSupervisor();
    const kill = () => this.#send({ type: 'kill', id });
    tool.signal.addEventListener('abort', kill, { once: true });
    void exited.then(() => tool.signal.removeEventListener('abort', kill));
    this.#tokens.set(token, id);
    this.#active.set(id, { token, pid: 0, ended });
    supervisor.ref();
    supervisor.channel?.ref();
    const started = await new Promise<Started>((ready, failed) => {
      this.#pending.set(id, { stdin: undefined, stdout: undefined, pid: undefined, ready, failed });
      this.#send(message);
    });
    // Writing to a program that has gone is no news: `exited` says so.
    started.stdin.on('error', () => {});
    started.stdout.on('error', () => {});
    started.stdin.resume();
    started.stdout.once('end', () => started.stdout.destroy());
    void exited.then(() => started.stdin.destroy());
    return { stdin: started.stdin, stdout: started.stdout, exited, kill };
  }

  async run(tool: ToolRun): Promise<{ stdout: Uint8Array; stderr: string }> {
    const running = await this.start(tool);
    running.stdin.end();
    const chunks: Buffer[] = [];
    let total = 0;
    const read = new Promise<void>((done) => {
      running.stdout.once('close', done);
    });
    running.stdout.on('data', (chunk: Buffer) => {
      total += chunk.length;
      if (total > STDOUT_LIMIT) running.kill();
      else chunks.push(chunk);
    });
    const exit = await running.exited;
    await read;
    tool.signal.throwIfAborted();
    if (total > STDOUT_LIMIT) {
      throw new DomainError('MediaTooLarge', { limit: 'output', reason: `${tool.command} wrote more than 256 MiB.` });
    }
    const error = exitError(tool.command, exit);
    if (error) throw error;
    return { stdout: Buffer.concat(chunks), stderr: exit.stderr };
  }

  async close(): Promise<void> {
    this.#closed = true;
    const supervisor = this.#supervisor;
    if (supervisor && supervisor.exitCode === null && supervisor.signalCode === null) {
      const gone = once(supervisor, 'exit');
      supervisor.ref();
      // Without its channel it kills every tool and ends.
      if (supervisor.connected) supervisor.disconnect();
      await gone;
    }
    const listener = await this.#listener;
    if (listener) {
      listener.server.close();
      rmSync(listener.path, { force: true });
    }
    if (this.#socketFolder) rmSync(this.#socketFolder, { recursive: true, force: true });
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #send(message: ToSupervisor): void {
    if (this.#supervisor?.connected) this.#supervisor.send(message, () => {});
  }

  #ensureSupervisor(): ChildProcess {
    if (this.#supervisor) return this.#supervisor;
    const supervisor = fork(fileURLToPath(new URL('./supervisor.ts', import.meta.url)), [], {
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      detached: true,
    });
    this.#supervisor = supervisor;
    supervisor.on('message', (message: FromSupervisor) => this.#receive(message));
    // A start that was under way fails through `exit`.
    supervisor.on('error', () => {});
    supervisor.once('exit', () => this.#lost(supervisor));
    return supervisor;
  }

  #receive(message: FromSupervisor): void {
    const active = this.#active.get(message.id);
    if (!active) return;
    if (message.type === 'started') {
      active.pid = message.pid;
      const pending = this.#pending.get(message.id);
      if (pending) {
        pending.pid = message.pid;
        this.#join(message.id, pending);
      }
      return;
    }
    const exit: ToolExit =
      message.type === 'ended'
        ? {
            code: message.code,
            signal: message.signal,
            stderr: message.stderr,
            ...(message.stopped ? { stopped: message.stopped } : {}),
          }
        : { code: null, signal: null, stderr: message.reason };
    this.#forget(message.id, exit);
  }

  /** The supervisor died: the kernel has killed the tools in sandboxes; those outside are killed here. */
  #lost(supervisor: ChildProcess): void {
    if (this.#supervisor === supervisor) this.#supervisor = undefined;
    for (const [id, active] of this.#active) {
      if (this.#sandbox === 'off' && active.pid > 0) {
        try {
          process.kill(-active.pid, 'SIGKILL');
        } catch {
          // Gone already.
        }
      }
      this.#forget(id, { code: null, signal: 'SIGKILL', stderr: '', stopped: 'host ended' });
    }
  }

  #forget(id: number, exit: ToolExit): void {
    const active = this.#active.get(id);
    if (!active) return;
    this.#active.delete(id);
    // A program may end before its connections have been seen here; they are waited for, so that its output is read.
    const pending = this.#pending.get(id);
    if (pending && (exit.stopped === 'host ended' || pending.pid === undefined)) {
      this.#pending.delete(id);
      this.#tokens.delete(active.token);
      pending.stdin?.destroy();
      pending.stdout?.destroy();
      const cause = new Error(exit.stderr);
      pending.failed(new DomainError('EngineFailed', { reason: 'The engine could not be started.' }, { cause }));
    }
    active.ended(exit);
    this.#release();
  }

  /** The process may end while nothing runs. A tool that has ended before its connections were seen is still waited for. */
  #release(): void {
    if (this.#active.size > 0 || this.#pending.size > 0 || this.#closed) return;
    this.#supervisor?.unref();
    this.#supervisor?.channel?.unref();
  }

  #join(id: number, pending: Pending): void {
    const { stdin, stdout, pid, ready } = pending;
    if (!stdin || !stdout || pid === undefined) return;
    this.#pending.delete(id);
    ready({ stdin, stdout, pid });
    this.#release();
  }

  #listen(): Promise<{ server: Server; path: string }> {
    this.#listener ??= (async () => {
      let path = join(this.#folder, 'tools.sock');
      if (Buffer.byteLength(path) > LONGEST_SOCKET_PATH) {
        this.#socketFolder = mkdtempSync(join(tmpdir(), 'millrace-'));
        path = join(this.#socketFolder, 'tools.sock');
      }
      const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => this.#greet(socket));
      server.unref();
      server.listen(path);
      await once(server, 'listening');
      return { server, path };
    })();
    return this.#listener;
  }

  /** Reads who a connection is for: exactly the token and a digit, and not a byte of what the tool sends after it. */
  #greet(socket: Socket): void {
    const onReadable = () => {
      const greeting: Buffer | null = socket.read(TOKEN_LENGTH + 1);
      if (greeting === null) return;
      socket.off('readable', onReadable);
      socket.off('error', onError);
      const token = greeting.toString('latin1', 0, TOKEN_LENGTH);
      const id = this.#tokens.get(token);
      const pending = id === undefined ? undefined : this.#pending.get(id);
      if (id === undefined || !pending) {
        socket.destroy();
        return;
      }
      if (greeting[TOKEN_LENGTH] === 0x30) pending.stdin = socket;
      else pending.stdout = socket;
      if (pending.stdin && pending.stdout) this.#tokens.delete(token);
      this.#join(id, pending);
    };
    const onError = () => socket.destroy();
    socket.on('error', onError);
    socket.on('readable', onReadable);
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? Math.ceil(value) : null;
}

async function linkInputs(workspace: Workspace): Promise<void> {
  for (const [name, path] of workspace.inputs) {
    const link = join(workspace.path, name);
    await rm(link, { force: true });
    await symlink(path, link);
  }
}
