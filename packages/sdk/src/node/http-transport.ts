import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { releasable } from '../core/byte-source.ts';
import { InvalidRequestError, NetworkError, TimeoutError } from '../core/errors.ts';
import type { Transport, WireAnswer, WireRequest } from '../core/transport.ts';

/** How `httpTransport` connects. */
export interface TransportOptions {
  /** `http://user:password@host:port` of a proxy that all requests go through. */
  proxy?: string;
  /** Connections to one host at once. */
  connections?: number;
  /** Takes certificates that nobody vouches for. For tests. */
  insecure?: boolean;
}

/** Sends over `node:http`, on connections that are kept. */
export function httpTransport(options: TransportOptions = {}): Transport {
  const { connections = 64, insecure = false } = options;
  const kept = { keepAlive: true, maxSockets: connections, scheduling: 'lifo' as const };
  const proxy = options.proxy === undefined ? undefined : proxyOf(options.proxy);
  const plain = new HttpAgent(kept);
  const secure = proxy
    ? new TunnelAgent({ ...kept, rejectUnauthorized: !insecure }, proxy)
    : new HttpsAgent({ ...kept, rejectUnauthorized: !insecure });
  return (request) => {
    const url = new URL(request.url);
    const https = url.protocol === 'https:';
    const headers = wireHeaders(request);
    const start = https ? httpsRequest : httpRequest;
    const target =
      proxy && !https
        ? {
            host: proxy.hostname,
            port: proxy.port,
            path: request.url,
            headers: { host: url.host, ...proxyAuth(proxy) },
          }
        : // Taken from the text: a URL object would write some characters of a key otherwise than they were signed.
          {
            host: bareHost(url),
            port: url.port || (https ? 443 : 80),
            path: pathOf(request.url),
            headers: { host: url.host },
          };
    const sent = start({
      ...target,
      method: request.method,
      headers: { ...target.headers, ...headers },
      agent: https ? secure : plain,
    });
    return exchange(sent, request);
  };
}

const bareHost = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');
const pathOf = (url: string): string => /^[^:]+:\/\/[^/]*(.*)$/s.exec(url)?.[1] || '/';

function wireHeaders({ headers, body, method }: WireRequest): Record<string, string> {
  const written: Record<string, string> = {};
  // Node writes one byte for each character: text beyond ASCII has to be UTF-8 before.
  for (const [name, value] of Object.entries(headers)) written[name] = Buffer.from(value, 'utf8').toString('latin1');
  if (body?.length !== undefined) {
    if (body.length > 0 || method === 'PUT' || method === 'POST') written['content-length'] = String(body.length);
  } else if (body) written['transfer-encoding'] = 'chunked';
  return written;
}

function exchange(sent: ClientRequest, request: WireRequest): Promise<WireAnswer> {
  const { signal, body } = request;
  return new Promise((resolve, reject) => {
    let answered = false;
    const abort = (): void => {
      sent.destroy(asError(signal?.reason));
    };
    const settle = (): void => {
      clearTimeout(connecting);
      signal?.removeEventListener('abort', abort);
    };
    const connecting = setTimeout(() => {
      sent.destroy(new TimeoutError(`No connection within ${request.connectTimeout} ms.`));
    }, request.connectTimeout);
    sent.once('socket', (socket: Socket) => {
      const stands = (): void => clearTimeout(connecting);
      if (socket.connecting) socket.once('connect', stands);
      else stands();
      sent.setTimeout(request.idleTimeout, () => {
        sent.destroy(new TimeoutError(`Nothing came or went for ${request.idleTimeout} ms.`));
      });
    });
    sent.once('error', (error) => {
      settle();
      reject(signal?.aborted ? signal.reason : networkError(error));
    });
    sent.once('response', (message) => {
      answered = true;
      // What was refused early need not be sent to its end.
      resolve({
        status: message.statusCode ?? 0,
        headers: headersOf(message),
        body: releasable(piecesOf(message, signal, settle), () => {
          settle();
          if (!message.complete) message.destroy();
        }),
      });
    });
    if (signal?.aborted) {
      abort();
      return;
    }
    signal?.addEventListener('abort', abort, { once: true });
    void writeBody(sent, body, () => answered);
  });
}

/** A failing source fails the request, unless the answer is there already. */
async function writeBody(sent: ClientRequest, body: WireRequest['body'], answered: () => boolean): Promise<void> {
  if (!body || body.length === 0) {
    sent.end();
    return;
  }
  if (body.bytes) {
    sent.end(body.bytes);
    return;
  }
  try {
    for await (const piece of body.open()) {
      if (sent.destroyed || answered()) break;
      await written(sent, piece);
    }
    sent.end();
  } catch (error) {
    sent.destroy(new SourceError(error));
  }
}

/** Tells what the caller's own body failed with from what the network did. */
class SourceError extends Error {
  constructor(cause: unknown) {
    super('The body could not be read.', { cause });
  }
}

/** Ends when the piece is with the kernel, and may be overwritten; or when nobody wants it any more. */
const written = (sent: ClientRequest, piece: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      sent.off('close', done);
      sent.off('response', done);
      resolve();
    };
    sent.once('close', done);
    sent.once('response', done);
    sent.write(piece, done);
  });

function headersOf(message: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    const name = (message.rawHeaders[at] ?? '').toLowerCase();
    const value = Buffer.from(message.rawHeaders[at + 1] ?? '', 'latin1').toString('utf8');
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}

/** Ends with an error when the connection broke before the whole body was there. */
async function* piecesOf(
  message: IncomingMessage,
  signal: AbortSignal | undefined,
  settle: () => void,
): AsyncGenerator<Uint8Array> {
  // Told of while nobody waits, it would end the process; what it was stands in `errored`.
  message.on('error', () => undefined);
  let wake = (): void => undefined;
  const tell = (): void => wake();
  // A stream's own iterator costs more than all else of a small answer.
  for (const event of ENDINGS) message.on(event, tell);
  try {
    for (;;) {
      for (let piece = message.read(); piece !== null; piece = message.read()) yield piece;
      if (message.readableEnded || message.destroyed) break;
      // There may be more to read now, or will never be.
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (message.errored) throw message.errored;
    if (!message.complete) throw new NetworkError('The connection ended before the answer did.');
  } catch (error) {
    throw signal?.aborted ? signal.reason : networkError(asError(error));
  } finally {
    for (const event of ENDINGS) message.off(event, tell);
    settle();
    // Not read to the end: the connection is of no further use.
    if (!message.complete) message.destroy();
  }
}

const ENDINGS = ['readable', 'end', 'error', 'close'] as const;

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason ?? 'aborted')));

function networkError(error: Error): Error {
  if (error instanceof SourceError) return asError(error.cause);
  if (error instanceof NetworkError) return error;
  return new NetworkError(error.message || 'The connection broke.', { cause: error });
}

function proxyOf(text: string): URL {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url?.protocol !== 'http:') throw new InvalidRequestError(`The proxy must be http://HOST:PORT, not ${text}.`);
  if (url.port === '') url.port = '80';
  return url;
}

function proxyAuth({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** Reaches https hosts through a proxy, by `CONNECT`. */
class TunnelAgent extends HttpsAgent {
  readonly #proxy: URL;
  readonly #verify: boolean;
  constructor(options: ConstructorParameters<typeof HttpsAgent>[0] & { rejectUnauthorized: boolean }, proxy: URL) {
    super(options);
    this.#proxy = proxy;
    this.#verify = options.rejectUnauthorized;
  }
  override createConnection(
    options: { host?: string; port?: number | string },
    done: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const host = options.host ?? '';
    const socket = connectTcp(Number(this.#proxy.port || 80), this.#proxy.hostname);
    const fail = (error: Error): void => done(error, socket);
    socket.once('error', fail);
    const auth = Object.entries(proxyAuth(this.#proxy)).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`CONNECT ${host}:${options.port} HTTP/1.1\r\nhost: ${host}:${options.port}\r\n${auth.join('')}\r\n`);
    let head = '';
    const read = (piece: Buffer): void => {
      head += piece.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', read);
      socket.off('error', fail);
      if (!/^HTTP\/1\.[01] 200/.test(head)) {
        socket.destroy();
        fail(new NetworkError(`The proxy refused: ${head.split('\r\n', 1)[0]}`));
        return;
      }
      done(null, connectTls({ socket, servername: host, rejectUnauthorized: this.#verify }));
    };
    socket.on('data', read);
    return undefined;
  }
}
