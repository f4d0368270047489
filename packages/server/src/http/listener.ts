import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { Identities } from '../domain/identities.ts';
import type { Clock } from '../domain/ports/clock.ts';
import { declaredLength, drainBody, hasBody } from './body.ts';
import { brokenRequestAnswer } from './broken-request.ts';
import { chooseProtocol } from './choose-protocol.ts';
import type { Exchange, FrontEnd, Patience, Protocol } from './exchange.ts';
import { createServer } from './node-http.ts';

/** Request line and headers together, in bytes: presigned URLs with process strings and 8 KB of metadata fit many times. */
const MAX_HEADER_BYTES = 128 * 1024;
/** A client that takes longer to send its headers is not a client. Bodies have a floor for their rate, see `body.ts`. */
const HEADERS_TIMEOUT_MS = 60_000;
/** A connection on which nothing happens is closed. Longer than any synchronous processing. */
const SILENCE_TIMEOUT_MS = 15 * 60_000;
/** When nothing has come for this long, the system asks whether the other end is there: half-open connections end. */
const PROBE_MS = 60_000;
/** Longer than the 30 s of a long poll, so that a client's next poll finds the connection open. */
const KEEP_ALIVE_MS = 75_000;
/** How long a connection that sent garbage may go on sending, so that it can read what it did wrong. */
const LINGER_MS = 1_000;

/**
 * A body may take as long as it likes, if it keeps moving; so a client on a bad line goes on for days, and one that holds a
 * connection open without sending is told and let go. One that reads slowly takes a quarter of a megabyte, two kilobytes a
 * second, before it could be taken for one that does not.
 */
const PATIENCE: Patience = { bodyFloor: { bytesPerSecond: 512, windowMs: 30_000 }, sendStallMs: 120_000 };

/** What is told of every request, for metrics. */
export interface RequestObserver {
  began(protocol: Protocol): void;
  ended(outcome: { protocol: Protocol; operation: string; status: number; seconds: number }): void;
}

export interface ListenerOptions {
  host: string;
  /** 0 picks a free port. */
  port: number;
  frontEnds: Readonly<Record<Protocol, FrontEnd>>;
  identities: Identities;
  clock: Clock;
  log: Logger;
  observer?: RequestObserver;
  patience?: Patience;
}

/** The main port: accepts connections, decides the protocol, hands over to its front end, logs and counts. */
export class Listener {
  #server: Server;
  #options: ListenerOptions;
  #underWay = new Map<Socket, HttpExchange>();
  /** Those that have had their one answer: a parser may complain of the same bytes again. */
  #refused = new WeakSet<Duplex>();
  #closing = false;
  #idle: (() => void) | undefined;

  private constructor(options: ListenerOptions) {
    this.#options = options;
    this.#server = createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: PROBE_MS,
      // Not all S3-like clients send Host on raw probes; the front end answers those with its own error.
      requireHostHeader: false,
    });
    this.#server.maxHeadersCount = 0;
    this.#server.timeout = SILENCE_TIMEOUT_MS;
    this.#server.on('request', (request, response) => this.#accept(request, response, false));
    this.#server.on('checkContinue', (request, response) => this.#accept(request, response, true));
    // RFC 9110: an expectation other than 100-continue may be ignored; refusing it helps nobody.
    this.#server.on('checkExpectation', (request, response) => this.#accept(request, response, false));
    this.#server.on('clientError', (error, socket) => this.#refuse(error, socket));
  }

  /** Resolves once connections are accepted. Rejects when the address is taken, naming it. */
  static async open(options: ListenerOptions): Promise<Listener> {
    const listener = new Listener(options);
    const server = listener.#server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: options.host, port: options.port, backlog: 1024 }, () => {
        server.removeListener('error', reject);
        resolve();
      });
    });
    return listener;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Stops accepting, lets requests under way finish for `drainMs`, then aborts the rest. */
  async close(drainMs: number): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const exchange of this.#underWay.values()) exchange.response.shouldKeepAlive = false;
    if (this.#underWay.size > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#options.clock.schedule(drainMs, resolve);
        this.#idle = () => {
          cancel();
          resolve();
        };
      });
    }
    for (const exchange of this.#underWay.values()) exchange.abort('The server is shutting down.');
    this.#server.closeAllConnections();
    await closed;
  }

  #accept(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const { clock, identities, observer, frontEnds } = this.#options;
    const protocol = chooseProtocol(request);
    const exchange = new HttpExchange(
      request,
      response,
      identities.request(),
      clock.now(),
      this.#options.log,
      this.#options.patience ?? PATIENCE,
      expectsContinue,
    );
    const started = performance.now();
    const { socket } = request;
    // A body means nothing to these (RFC 9110 §9.3.1), and clients exist that announce one and send none: what follows on the
    // connection would be taken for it.
    const bodiless = request.method === 'GET' || request.method === 'HEAD';
    if (bodiless && (declaredLength(exchange) ?? 0) > 0) response.shouldKeepAlive = false;
    if (!response.shouldKeepAlive && hasBody(exchange)) closeAfterBody(socket, request);
    const before = this.#underWay.get(socket);
    this.#underWay.set(socket, exchange);
    if (this.#closing) response.shouldKeepAlive = false;
    observer?.began(protocol);
    response.on('close', () => {
      if (this.#underWay.get(socket) === exchange) this.#underWay.delete(socket);
      if (!response.writableFinished) exchange.abort('The client has gone.');
      const seconds = (performance.now() - started) / 1000;
      observer?.ended({ protocol, operation: exchange.operation, status: response.statusCode, seconds });
      this.#log(protocol, exchange, seconds);
      if (this.#underWay.size === 0) this.#idle?.();
    });
    const frontEnd = frontEnds[protocol];
    if (!before) {
      serve(frontEnd, exchange);
      return;
    }
    // A client that does not wait for answers still means its requests in their order: RFC 9112 §9.3.2 allows working on
    // them at once only if all are safe. Nor may one connection have as many answers prepared as requests fit into it.
    exchange.waiting = true;
    socket.pause();
    before.response.once('close', () => {
      if (socket.destroyed) return;
      // The answer before may have ended under a shorter limit.
      socket.setTimeout(SILENCE_TIMEOUT_MS);
      if (this.#underWay.get(socket) === exchange) socket.resume();
      serve(frontEnd, exchange);
    });
  }

  #log(protocol: Protocol, exchange: HttpExchange, seconds: number): void {
    const { log } = this.#options;
    const { request, response } = exchange;
    const status = response.statusCode;
    const level = status >= 500 ? 'warn' : status >= 400 ? 'info' : 'debug';
    if (!log.isLevelEnabled(level)) return;
    log[level](
      {
        requestId: exchange.requestId,
        protocol,
        operation: exchange.operation,
        method: request.method,
        // Without the query: presigned URLs carry signatures and tokens there.
        path: (request.url ?? '').split('?', 1)[0]?.slice(0, 1024),
        status,
        ms: Math.round(seconds * 1e5) / 100,
        finished: response.writableFinished,
        client: request.socket.remoteAddress,
      },
      'request',
    );
  }

  /** Answers what is not HTTP, is too big to be taken in, or ended in the middle of a body. */
  #refuse(error: Error & { code?: string }, socket: Duplex): void {
    const exchange = this.#underWay.get(socket as Socket);
    // Where an answer is under way, another one would land in the middle of it.
    const answering = exchange !== undefined && (exchange.waiting || exchange.response.headersSent);
    if (error.code === 'ECONNRESET' || !socket.writable || answering) {
      socket.destroy();
      return;
    }
    if (this.#refused.has(socket)) return;
    this.#refused.add(socket);
    const requestId = exchange?.requestId ?? this.#options.identities.request();
    const answer = brokenRequestAnswer(error.code ?? '', requestId, MAX_HEADER_BYTES);
    this.#options.log.info({ requestId, code: error.code, status: answer.status }, 'refused a broken request');
    exchange?.abort('The request broke off.');
    socket.on('error', () => socket.destroy());
    socket.end(answer.bytes);
    // Closing at once would reset the connection while the client is still sending, and it would never see the answer.
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
  }
}

function serve(frontEnd: FrontEnd, exchange: HttpExchange): void {
  const { request, response } = exchange;
  exchange.waiting = false;
  frontEnd.handle(exchange).then(
    () => drainBody(exchange),
    (error: unknown) => {
      exchange.log.error({ err: error }, 'a front end failed to answer');
      // The answer may be half out: cutting the connection is the only way to say that it is not whole.
      if (response.headersSent) request.socket.destroy();
      else response.writeHead(500, { 'content-length': 0 }).end();
    },
  );
}

/**
 * After the last answer of a connection node closes it, even while the client is still sending; the reset that follows
 * can overtake the answer, and the client sees a broken connection instead of why it was refused. So our side is ended,
 * and the connection goes when the body has come or been given up (`drainBody` sets the bounds).
 */
function closeAfterBody(socket: Socket, request: IncomingMessage): void {
  const close = socket.destroySoon;
  socket.destroySoon = () => {
    socket.destroySoon = close;
    if (request.complete || request.destroyed) {
      socket.destroySoon();
      return;
    }
    socket.end();
    request.once('end', () => socket.destroy());
    request.once('close', () => socket.destroy());
  };
}

class HttpExchange implements Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly receivedMs: number;
  readonly patience: Patience;
  operation = '';
  /** Behind another request of its connection, which has not been answered in full. */
  waiting = false;
  #parentLog: Logger;
  #log: Logger | undefined;
  #controller: AbortController | undefined;
  #abortReason: string | undefined;
  #expectsContinue: boolean;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    receivedMs: number,
    log: Logger,
    patience: Patience,
    expectsContinue: boolean,
  ) {
    this.request = request;
    this.response = response;
    this.requestId = requestId;
    this.receivedMs = receivedMs;
    this.#parentLog = log;
    this.patience = patience;
    this.#expectsContinue = expectsContinue;
  }

  // Most requests need neither a logger nor a signal of their own, so both are made on first use.
  get log(): Logger {
    this.#log ??= this.#parentLog.child({ requestId: this.requestId });
    return this.#log;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(new Error(this.#abortReason));
    }
    return this.#controller.signal;
  }

  abort(reason: string): void {
    this.#abortReason ??= reason;
    this.#controller?.abort(new Error(reason));
  }

  continueBody(): void {
    if (!this.#expectsContinue) return;
    this.#expectsContinue = false;
    if (!this.response.headersSent) this.response.writeContinue();
  }
}
