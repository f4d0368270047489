import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { createServer } from '../http/node-http.ts';
import type { AdminRoutes } from './admin-answer.ts';
import type { LateMetrics } from './late-metrics.ts';

export interface Readiness {
  ok: boolean;
  /** What was tried, by name, with what is wrong or `ok`. */
  checks: Readonly<Record<string, unknown>>;
}

export interface AdminOptions {
  host: string;
  /** 0 picks a free port. */
  port: number;
  metrics: Pick<LateMetrics, 'get'>;
  /** Really tries what the server needs. */
  ready: () => Promise<Readiness>;
  /** How the latest upload callbacks went, newest first. */
  callbacks: () => readonly unknown[];
  /** What only operators may see and do; undefined from `operator` turns a request away. */
  operator: (authorization: string | undefined) => Promise<unknown>;
  /** By the path that they are below: `/-/tasks`. */
  routes: Readonly<Record<string, AdminRoutes>>;
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
    const path = (request.url ?? '/').split('?', 1)[0];
    const [place = ''] = /^\/-\/[a-z]+/.exec(path ?? '') ?? [];
    const routes = Object.hasOwn(this.#options.routes, place) ? this.#options.routes[place] : undefined;
    if (routes !== undefined && path !== undefined) {
      await this.#operate(request, response, path, routes);
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
        const metrics = await this.#options.metrics.get();
        send(response, 200, metrics.contentType, await metrics.text());
        return;
      }
      case '/-/callbacks':
        sendJson(response, 200, { callbacks: this.#options.callbacks() });
        return;
      default:
        sendJson(response, 404, {
          error: 'There is /-/live, /-/ready, /-/callbacks, /-/pushes, /-/tasks, /-/events and /metrics here.',
        });
    }
  }

  /** Requests that need an access key, which a page of somebody else's in an operator's browser must not make use of. */
  async #operate(request: IncomingMessage, response: ServerResponse, path: string, routes: AdminRoutes): Promise<void> {
    const { authorization, origin, host } = request.headers;
    if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)) {
      sendJson(response, 403, { error: 'Only pages of this origin may ask for this.' });
      return;
    }
    if ((await this.#options.operator(authorization)) === undefined) {
      response.setHeader('www-authenticate', 'Basic realm="millrace", charset="UTF-8"');
      sendJson(response, 401, { error: 'Give an access key as user name and password (HTTP Basic).' });
      return;
    }
    const query = new URLSearchParams((request.url ?? '').split('?', 2)[1] ?? '');
    const { status, body } = await routes.answer(request.method ?? 'GET', path, query);
    sendJson(response, status, body);
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
