import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { constants, setPriority } from 'node:os';
import type { FromSupervisor, StartMessage, ToSupervisor } from './supervisor-messages.ts';

/**
 * The small process that starts tools. Forking a process costs in proportion to its memory, 23 ms with 1.5 GB resident
 * against 1.4 ms from here, and the server's event loop would stand still for it.
 *
 * A tool's stdin and stdout are sockets straight to the server: this process connects them, hands them to the tool and
 * closes its own copies, so that no byte of a result passes through here. It ends, with every tool, when its channel to
 * the server closes; tools in a sandbox are killed by the kernel should this process itself be killed.
 */

// Tools inherit it: requests are answered promptly while every core works on media, and a worker that waits for its next
// picture gets it sooner.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const STDERR_KEPT = 64 * 1024;
const WATCH_MS = 500;

/** How long a sandbox may take until its first process is there. */
const SETUP_MS = 200;

interface Running {
  child: ChildProcess;
  message: StartMessage;
  stopped: 'deadline' | 'memory' | 'processes' | 'killed' | undefined;
  deadline: NodeJS.Timeout | undefined;
}

const running = new Map<number, Running>();
/** Killed before they could be started. */
const cancelled = new Set<number>();
const starting = new Set<number>();

function send(message: FromSupervisor): void {
  // A server that was killed just now does not take it. That is an error to a callback, and without one the end of this
  // process, which would leave its tools behind; `disconnect` follows and ends them.
  if (process.connected) process.send?.(message, () => undefined);
}

function kill(tool: Running, why: NonNullable<Running['stopped']>): void {
  tool.stopped ??= why;
  const { pid } = tool.child;
  if (pid === undefined) return;
  // Of a sandbox the first process inside is killed, and the kernel ends all others with it. Then bubblewrap, its parent,
  // buries it and ends. Killed itself, it would leave a zombie to whatever is process 1, which in a container often
  // buries nobody.
  const killInside = (): boolean => {
    const inside = tool.message.sandboxed ? childrenOf(pid) : [];
    for (const child of inside) signalKill(child);
    return inside.length > 0;
  };
  const deadline = performance.now() + (tool.message.sandboxed ? SETUP_MS : 0);
  const attempt = (): void => {
    if (running.get(tool.message.id) !== tool) return;
    if (killInside()) setTimeout(() => running.get(tool.message.id) === tool && signalKill(-pid), 1_000).unref();
    // It has been started so lately that there is nobody inside yet.
    else if (performance.now() < deadline) setTimeout(attempt, 2);
    else signalKill(-pid);
  };
  attempt();
}

function signalKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  } catch {
    return childrenByParent().get(pid) ?? [];
  }
}

function connectTo(path: string, greeting: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    // Paused before it connects: a byte read here would be missing from the tool's stdin.
    socket.pause();
    socket.once('error', reject);
    socket.once('connect', () => socket.write(greeting, (error) => (error ? reject(error) : resolve(socket))));
  });
}

async function start(message: StartMessage): Promise<void> {
  starting.add(message.id);
  const sockets: Socket[] = [];
  try {
    const connected = await Promise.all([
      connectTo(message.socket, `${message.token}0`),
      connectTo(message.socket, `${message.token}1`),
    ]);
    sockets.push(...connected);
    if (cancelled.delete(message.id)) throw new Error('cancelled before it started');
    const [stdin, stdout] = connected;
    const child = spawn(message.file, message.arguments, {
      cwd: message.folder,
      env: message.environment,
      stdio: [stdin, stdout, 'pipe'],
      // A session and process group of its own, so that all of it can be killed at once.
      detached: true,
    });
    await watch(message, child);
  } catch (error) {
    send({ type: 'failed', id: message.id, reason: error instanceof Error ? error.message : String(error) });
  } finally {
    starting.delete(message.id);
    cancelled.delete(message.id);
    for (const socket of sockets) socket.destroy();
  }
}

/** Resolves when the child has been spawned, rejects when it could not be; reports its end later. */
function watch(message: StartMessage, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const tool: Running = { child, message, stopped: undefined, deadline: undefined };
    let stderr = Buffer.alloc(0);
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr = Buffer.concat([stderr, chunk]);
      if (stderr.length > 2 * STDERR_KEPT) stderr = stderr.subarray(stderr.length - STDERR_KEPT);
    });
    child.once('error', reject);
    child.once('spawn', () => {
      running.set(message.id, tool);
      if (message.wallMs !== null) tool.deadline = setTimeout(() => kill(tool, 'deadline'), message.wallMs);
      observe();
      send({ type: 'started', id: message.id, pid: child.pid ?? 0 });
      if (cancelled.has(message.id)) kill(tool, 'killed');
      resolve();
    });
    let ended = false;
    const end = (code: number | null, signal: NodeJS.Signals | null) => {
      if (ended) return;
      ended = true;
      clearTimeout(tool.deadline);
      running.delete(message.id);
      send({
        type: 'ended',
        id: message.id,
        code,
        signal,
        stderr: stderr.subarray(Math.max(0, stderr.length - STDERR_KEPT)).toString('utf8'),
        ...(tool.stopped ? { stopped: tool.stopped } : {}),
      });
    };
    child.once('exit', (code, signal) => {
      // Whatever it left behind holds its stderr open; `close` below means that all of it is gone.
      if (child.pid !== undefined) signalKill(-child.pid);
      setTimeout(() => end(code, signal), 2_000).unref();
    });
    child.once('close', end);
  });
}

let observer: NodeJS.Timeout | undefined;

/** Looks at the memory and the number of processes of each tool twice a second while there are any. */
function observe(): void {
  observer ??= setInterval(() => {
    if (running.size === 0) {
      clearInterval(observer);
      observer = undefined;
      return;
    }
    const children = childrenByParent();
    for (const tool of running.values()) {
      const { memoryBytes, processes } = tool.message;
      if (tool.child.pid === undefined || (memoryBytes === null && processes === null)) continue;
      const family = [tool.child.pid];
      for (let index = 0; index < family.length; index++) family.push(...(children.get(family[index] ?? 0) ?? []));
      // The sandbox and its init are not the tool's doing.
      if (processes !== null && family.length > processes + 3) kill(tool, 'processes');
      if (memoryBytes === null) continue;
      let total = 0;
      for (const pid of family) total += privateBytes(pid);
      if (total > memoryBytes) kill(tool, 'memory');
    }
  }, WATCH_MS);
}

function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      // The name in parentheses may hold anything, so fields are counted from the last one.
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ', 2)[1]);
      const siblings = children.get(parent);
      if (siblings) siblings.push(pid);
      else children.set(parent, [pid]);
    } catch {
      // It ended meanwhile.
    }
  }
  return children;
}

function privateBytes(pid: number): number {
  try {
    const [, resident = '0', shared = '0'] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ');
    return Math.max(0, Number(resident) - Number(shared)) * 4096;
  } catch {
    return 0;
  }
}

process.on('message', (message: ToSupervisor) => {
  if (message.type === 'start') {
    void start(message);
    return;
  }
  const tool = running.get(message.id);
  if (tool) kill(tool, 'killed');
  else if (starting.has(message.id)) cancelled.add(message.id);
});

process.on('disconnect', () => {
  // The server is gone. What was about to start is killed as it does; what ran is buried before this process ends.
  for (const id of starting) cancelled.add(id);
  for (const tool of running.values()) kill(tool, 'killed');
  setTimeout(() => process.exit(0), 3_000);
  const wait = setInterval(() => {
    if (running.size > 0 || starting.size > 0) return;
    clearInterval(wait);
    process.exit(0);
  }, 10);
});

// A Ctrl-C reaches the whole terminal; the server decides when tools end.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
