import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Started {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Starts the server as its page tells people to, on free ports and a folder of its own. */
export async function npmStart(
  dataFolder: string,
  keys: { accessKeyId: string; accessKeySecret: string },
): Promise<Started> {
  const env = {
    ...process.env,
    MILLRACE_PORT: '0',
    MILLRACE_CONSOLE_PORT: '0',
    MILLRACE_DATA: dataFolder,
    MILLRACE_ACCESS_KEY_ID: keys.accessKeyId,
    MILLRACE_ACCESS_KEY_SECRET: keys.accessKeySecret,
  };
  // A group of its own: npm stands between a signal and the server.
  const child = spawn('npm', ['start'], { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  const ready = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      if (line.includes('"msg":"ready"')) resolve((JSON.parse(line) as { endpoint: string }).endpoint);
    });
  });
  const died = ended.then(() => {
    throw new Error(`npm start ended: ${lines.slice(-20).join('\n')}`);
  });
  died.catch(() => undefined);
  const endpoint = await Promise.race([ready, died]);
  return {
    endpoint,
    async stop() {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
      await ended;
    },
  };
}
