import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Patience } from './patience.ts';
import { waitedForProcessorMs } from './processes.ts';

/** What users start: it becomes the server, so that its process id is the server's. */
const MILLRACE = fileURLToPath(new URL('../../../bin/millrace', import.meta.url));

/** What the server says on stdout before it serves must come within this time, even on a machine that does much else. */
const READY_WITHIN_MS = 120_000;

/** How many lines of log are kept for a failing test to show. */
const LINES_KEPT = 5_000;

export interface StartOptions {
  /** More settings, or other values for those set here; `undefined` takes one away. */
  env?: Record<string, string | undefined>;
  /** Serves this folder and leaves it alone afterwards. By default a new temporary one. */
  dataFolder?: string;
  /**
   * Ties the server to a test: it is stopped when the test ends. The data folder of a test that failed is kept, and its
   * place and the server's last words are printed.
   */
  test?: { after(done: () => Promise<void>): void; readonly passed?: boolean; diagnostic(message: string): void };
}

export interface RunningServer {
  readonly endpoint: string;
  readonly console: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly accountId: string;
  readonly region: string;
  readonly dataFolder: string;
  readonly pid: number;
  /** Milliseconds from starting the process to its ready line, of the latest start. */
  readonly readyMs: number;
  /**
   * How much of that its main thread was ready to run while the machine ran something else: what a busy machine, and
   * not the server, is to blame for. 0 where the kernel does not tell.
   */
  readonly heldUpMs: number;
  /** The latest lines of stdout and stderr, oldest first. */
  readonly logs: readonly string[];
  /** Sends a signal and waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Starts again on the same folder and ports, stopping first what still runs. */
  restart(): Promise<void>;
  /** Asks it to end and removes the data folder, unless that was given or is to be kept. Resolves with the exit code. */
  stop(options?: { keep?: boolean }): Promise<number | null>;
}

interface Ready {
  endpoint: string;
  console: string;
}

/** Starts `millrace serve` from source, on free ports of the loopback interface, with fixed root keys. */
export async function startServer(options: StartOptions = {}): Promise<RunningServer> {
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'millrace-test-')));
  const server = new ServerProcess(dataFolder, options.dataFolder === undefined, options.env ?? {});
  const test = options.test;
  test?.after(async () => {
    await server.stop({ keep: test.passed !== true });
    if (test.passed === true) return;
    // Requests that were answered crowd out what went wrong.
    const telling = server.logs.filter((line) => !line.includes('"msg":"request"') || line.includes('"level":50'));
    test.diagnostic(`data folder kept: ${dataFolder}\n${telling.slice(-30).join('\n')}`);
  });
  await server.start();
  return server;
}

class ServerProcess implements RunningServer {
  readonly accessKeyId = 'MillraceTestKey00001';
  readonly accessKeySecret = 'MillraceTestSecretABCDEFGHIJKL';
  readonly accountId = '1234567890123456';
  readonly region = 'cn-hangzhou';
  readonly dataFolder: string;
  readonly logs: string[] = [];
  #ownsFolder: boolean;
  #env: Record<string, string | undefined>;
  #child: ChildProcess | undefined;
  #ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }> = Promise.resolve({ code: 0, signal: null });
  #ready: Ready | undefined;
  #readyMs = 0;
  #heldUpMs = 0;

  constructor(dataFolder: string, ownsFolder: boolean, env: Record<string, string | undefined>) {
    this.dataFolder = dataFolder;
    this.#ownsFolder = ownsFolder;
    this.#env = env;
  }

  get endpoint(): string {
    return this.#announced().endpoint;
  }
  get console(): string {
    return this.#announced().console;
  }
  get readyMs(): number {
    return this.#readyMs;
  }
  get heldUpMs(): number {
    return this.#heldUpMs;
  }
  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('the server does not run');
    return pid;
  }

  #announced(): Ready {
    if (!this.#ready) throw new Error('the server has not been ready yet');
    return this.#ready;
  }

  async start(): Promise<void> {
    const began = performance.now();
    const child = spawn(MILLRACE, ['serve'], {
      env: this.#settings(),
      // Away from the folder of whoever runs the tests, which may hold settings of its own.
      cwd: this.dataFolder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        process.removeListener('exit', dieToo);
        resolve({ code, signal });
      });
      child.once('error', (error) => {
        this.#keep(`could not start: ${error.message}`);
        resolve({ code: null, signal: null });
      });
    });
    // A test run that is cut short must not leave servers behind.
    const dieToo = () => child.kill('SIGKILL');
    process.once('exit', dieToo);
    createInterface({ input: child.stderr }).on('line', (line) => this.#keep(line));
    const ready = new Promise<Ready>((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.#keep(line);
        const announced = readReadyLine(line);
        if (announced) resolve(announced);
      });
    });
    const late = Promise.withResolvers<never>();
    const patience = new Patience(READY_WITHIN_MS, () =>
      late.reject(new Error(`not ready within ${READY_WITHIN_MS} ms`)),
    );
    const died = this.#ended.then(({ code, signal }) => {
      throw new Error(`ended with ${signal ?? code} before it was ready`);
    });
    late.promise.catch(() => undefined);
    died.catch(() => undefined);
    try {
      this.#ready = await Promise.race([ready, died, late.promise]);
    } catch (error) {
      child.kill('SIGKILL');
      await this.#ended;
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`the server did not start: ${reason}\n${this.logs.slice(-40).join('\n')}`);
    } finally {
      patience.giveUp();
    }
    this.#readyMs = performance.now() - began;
    this.#heldUpMs = waitedForProcessorMs(this.pid);
  }

  #settings(): Record<string, string> {
    const settings: Record<string, string | undefined> = {};
    for (const [name, value] of Object.entries(process.env)) {
      if (!name.startsWith('MILLRACE_') && !name.startsWith('NODE_')) settings[name] = value;
    }
    Object.assign(settings, {
      MILLRACE_HOST: '127.0.0.1',
      MILLRACE_PORT: this.#ready ? new URL(this.#ready.endpoint).port : '0',
      MILLRACE_CONSOLE_PORT: this.#ready ? new URL(this.#ready.console).port : '0',
      MILLRACE_DATA: this.dataFolder,
      MILLRACE_ACCESS_KEY_ID: this.accessKeyId,
      MILLRACE_ACCESS_KEY_SECRET: this.accessKeySecret,
      MILLRACE_ACCOUNT_ID: this.accountId,
      MILLRACE_REGION: this.region,
      ...this.#env,
    });
    return Object.fromEntries(
      Object.entries(settings).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
  }

  #keep(line: string): void {
    this.logs.push(line);
    if (this.logs.length > LINES_KEPT) this.logs.splice(0, LINES_KEPT / 5);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.#child?.kill(signal);
    return await this.#ended;
  }

  async restart(): Promise<void> {
    await this.kill('SIGTERM');
    await this.start();
  }

  async stop(options: { keep?: boolean } = {}): Promise<number | null> {
    const stubborn = setTimeout(() => this.#child?.kill('SIGKILL'), 15_000);
    const { code } = await this.kill('SIGTERM');
    clearTimeout(stubborn);
    if (this.#ownsFolder && !options.keep) await rm(this.dataFolder, { recursive: true, force: true, maxRetries: 3 });
    return code;
  }
}

function readReadyLine(line: string): Ready | undefined {
  if (!line.includes('"ready"')) return undefined;
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry !== 'object' || entry === null) return undefined;
    const { msg, endpoint, console } = entry as Record<string, unknown>;
    if (msg !== 'ready' || typeof endpoint !== 'string' || typeof console !== 'string') return undefined;
    return { endpoint, console };
  } catch {
    return undefined;
  }
}
