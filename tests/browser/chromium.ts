import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PROGRAM = 'chromium-headless-shell';

type Named = Record<string, unknown>;

/** A headless browser of its own profile, told what to do by its own protocol: one that needs no package of npm. */
export class Chromium {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<Named>>();
  #session: string | undefined;
  #count = 0;
  /** What the page wrote to its console, and what it did not catch. */
  readonly said: string[] = [];

  private constructor(child: ChildProcess, profile: string, socket: WebSocket) {
    this.#child = child;
    this.#profile = profile;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#hear(JSON.parse(String(data))));
  }

  static async start(): Promise<Chromium> {
    const profile = await mkdtemp(join(tmpdir(), 'millrace-chromium-'));
    // Its own sandbox does not work as root; what it is shown comes from this test.
    const words = ['--no-sandbox', '--disable-gpu', '--remote-debugging-port=0', `--user-data-dir=${profile}`];
    // Debian's program is a shell that stays in between: the group is what has to end.
    const child = spawn(PROGRAM, [...words, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    const lines: string[] = [];
    const address = await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`${PROGRAM} ended: ${lines.slice(-20).join('\n')}`)));
      createInterface({ input: child.stderr }).on('line', (line) => {
        lines.push(line);
        const [, url] = /^DevTools listening on (ws:\S+)/.exec(line) ?? [];
        if (url !== undefined) resolve(url);
      });
    });
    const socket = new WebSocket(address);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve, { once: true });
      socket.addEventListener('error', reject, { once: true });
    });
    return new Chromium(child, profile, socket);
  }

  /** Opens a page and waits until it is loaded. */
  async open(url: string): Promise<void> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    this.#session = String(sessionId);
    for (const domain of ['Page', 'Runtime', 'DOM', 'Log']) await this.send(`${domain}.enable`);
    await this.send('Page.navigate', { url });
  }

  async reload(): Promise<void> {
    await this.send('Page.reload');
  }

  /** The value of an expression in the page; promises are awaited. */
  async value(expression: string): Promise<unknown> {
    const asked = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', asked);
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return (result as Named).value;
  }

  /** Chooses a file in an input, as a user would. */
  async choose(selector: string, file: string): Promise<void> {
    const { root } = await this.send('DOM.getDocument');
    const { nodeId } = await this.send('DOM.querySelector', { nodeId: (root as Named).nodeId, selector });
    await this.send('DOM.setFileInputFiles', { nodeId, files: [file] });
  }

  async click(selector: string): Promise<void> {
    await this.value(`document.querySelector(${JSON.stringify(selector)}).click()`);
  }

  /** What the page looks like, as PNG. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(String(data), 'base64');
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#socket.close();
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
    await ended;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  send(method: string, params: Named = {}): Promise<Named> {
    const id = ++this.#count;
    const answer = Promise.withResolvers<Named>();
    this.#waiting.set(id, answer);
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    this.#socket.send(JSON.stringify({ id, method, params, ...session }));
    return answer.promise;
  }

  #hear(message: { id?: number; method?: string; params?: Named; result?: Named; error?: { message: string } }): void {
    const { id, method, params, result, error } = message;
    if (id !== undefined) {
      if (error) this.#waiting.get(id)?.reject(new Error(error.message));
      else this.#waiting.get(id)?.resolve(result ?? {});
      this.#waiting.delete(id);
    } else if (
      method === 'Runtime.consoleAPICalled' ||
      method === 'Runtime.exceptionThrown' ||
      method === 'Log.entryAdded'
    ) {
      this.said.push(JSON.stringify(params));
    }
  }
}
