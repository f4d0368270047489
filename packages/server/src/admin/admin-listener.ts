import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.ts';

export interface Readiness {
  ok: boolean;
  /** What was tried, by name, with what is wrong or `ok`. */
  checks: Readonly<Record<string, unknown>>;
}

export interface AdminOptions {
  host: string;
  /** 0 picks a free port. */
  port: number;
  metrics: Metrics;
  /** Really tries what the server needs. */
  ready: () => Promise<Readiness>;
  /** How the latest upload callbacks went, newest first. */
  callbacks: () => readonly unknown[];
  /** Messages on their way to URLs: the latest attempts, and those that nobody tries any more. */
  pushes: {
    readonly attempts: readonly unknown[];
    givenUp(): Promise<readonly unknown[]>;
    /** Begins again with one that was given up. False when it is not one of those. */
    replay(pushId: number): Promise<boolean>;
  };
  log: Logger;
}

/** The second port, for operators: never reachable through the one that clients use. */
export class AdminListener {
  #server: Server;
  #options: AdminOptions;

  private constructor(options: AdminOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        options.log.error({ err: error }, 'the admin port failed to answer');
        if (response.headersSent) response.destroy();
        else sendJson(response, 500, { error: 'Internal error; see the log.' });
      });
    });
  }

  static async open(options: AdminOptions): Promise<AdminListener> {
    const admin = new AdminListener(options);
    await new Promise<void>((resolve, reject) => {
      admin.#server.once('error', reject);
      admin.#server.listen(options.port, options.host, () => {
        admin.#server.removeListener('error', reject);
        resolve();
      });
    });
    return admin;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const replay = /^\/-\/pushes\/(\d{1,15})\/replay$/.exec(path);
    if (replay !== null) {
      await this.#replay(request, response, Number(replay[1]));
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      sendJson(response, 405, { error: 'Use GET.' });
      return;
    }
    switch (path) {
      case '/-/live':
        sendJson(response, 200, { ok: true });
        return;
      case '/-/ready': {
        const readiness = await this.#ready();
        sendJson(response, readiness.ok ? 200 : 503, readiness);
        return;
      }
      case '/metrics': {
        const text = await this.#options.metrics.text();
        send(response, 200, this.#options.metrics.contentType, text);
        return;
      }
      case '/-/callbacks':
        sendJson(response, 200, { callbacks: this.#options.callbacks() });
        return;
      case '/-/pushes': {
        const { pushes } = this.#options;
        sendJson(response, 200, { attempts: pushes.attempts, givenUp: await pushes.givenUp() });
        return;
      }
      default:
        sendJson(response, 404, { error: 'There is /-/live, /-/ready, /-/callbacks, /-/pushes and /metrics here.' });
    }
  }

  async #replay(request: IncomingMessage, response: ServerResponse, pushId: number): Promise<void> {
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      sendJson(response, 405, { error: 'Use POST.' });
      return;
    }
    const { origin, host } = request.headers;
    // A page of somebody else's in an operator's browser can post here, too, and then says where it is from.
    if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)) {
      sendJson(response, 403, { error: 'Replays are for pages of this origin only.' });
      return;
    }
    if (await this.#options.pushes.replay(pushId)) sendJson(response, 202, { replayed: pushId });
    else sendJson(response, 404, { error: `No push ${pushId} was given up: see /-/pushes.` });
  }

  /** A check that throws is a server that is not ready, not one that cannot say so. */
  async #ready(): Promise<Readiness> {
    try {
      return await this.#options.ready();
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the readiness check failed');
      return { ok: false, checks: { check: error instanceof Error ? error.message : String(error) } };
    }
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json', JSON.stringify(value));
}

function send(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}
