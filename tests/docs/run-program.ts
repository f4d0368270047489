import { spawn } from 'node:child_process';
import type { RunningServer } from '@millrace/testkit';

/** Runs a program as a reader of a page would, with the server and its root key in the environment. */
export function runProgram(
  server: RunningServer,
  command: string,
  arguments_: string[],
  cwd: string,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, arguments_, {
      cwd,
      env: {
        ...process.env,
        MILLRACE_ENDPOINT: server.endpoint,
        MILLRACE_ACCOUNT_ID: server.accountId,
        OSS_ACCESS_KEY_ID: server.accessKeyId,
        OSS_ACCESS_KEY_SECRET: server.accessKeySecret,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 180_000,
      killSignal: 'SIGKILL',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
