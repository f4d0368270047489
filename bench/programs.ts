import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = 15_000;

/** A server of somebody else's, in a process of its own. */
export interface OtherServer {
  port: number;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** Starts a program that serves a port it is told of, and waits until it does. Rejects when it ends instead, or is not there. */
export async function startOther(
  command: string,
  arguments_: (port: number) => Promise<readonly string[]> | readonly string[],
): Promise<OtherServer> {
  const port = await freePort();
  const child = spawn(command, await arguments_(port), { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-2000);
  });
  const dieToo = (): void => void child.kill('SIGKILL');
  process.once('exit', dieToo);
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`${command} ended with ${code ?? signal}: ${errors}`)));
  });
  failed.catch(() => {});
  child.once('exit', () => process.removeListener('exit', dieToo));
  const serves = async (): Promise<void> => {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await answers(port))) {
      if (performance.now() > deadline) throw new Error(`${command} did not serve within ${PATIENCE_MS / 1000} s`);
      await pause(20);
    }
  };
  try {
    await Promise.race([serves(), failed]);
  } catch (error) {
    await end(child);
    throw error;
  }
  return { port, stop: () => end(child) };
}
