import { type ByteStream, contentFields, encodeHeaders, type Operation } from '@millrace/protocol/oss';
import { isDomainError } from '../domain/errors.ts';
import type { Clock } from '../domain/ports/clock.ts';
import { declaredLength, drainBody } from '../http/body.ts';
import { logDenial } from '../http/denial.ts';
import type { Exchange } from '../http/exchange.ts';
import { toLatin1, toUtf8 } from './header-text.ts';
import { addCorsHeaders } from './option-object.ts';
import { errorDocument, OssError } from './oss-error.ts';
import { sendStream } from './send-stream.ts';
import type { Visit } from './visit.ts';
import { toOssError } from './wire-errors.ts';

/** Sends what came of a request: what an operation gave by its declaration, or the error as a document. */
export class Answer {
  #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async output(
    exchange: Exchange,
    visit: Visit,
    operation: Operation,
    output: Record<string, unknown>,
    /** In the place of the operation's own. */
    otherStatus?: number,
  ): Promise<void> {
    const { response } = exchange;
    const headers = encodeHeaders(operation.output, output);
    let status = operation.status;
    let body: Buffer | undefined;
    let stream: ByteStream | undefined;
    let length: number | undefined;
    for (const [name, field] of contentFields(operation.output)) {
      const value = output[name];
      switch (field.place) {
        case 'status':
          status = value as number;
          break;
        case 'xml':
          if (value === undefined) break;
          headers['Content-Type'] = 'application/xml';
          body = Buffer.from(field.document.encode(value));
          break;
        case 'text':
          headers['Content-Type'] = field.contentType;
          body = Buffer.from(value as string);
          break;
        case 'json':
          // Exactly this: the Go SDK refuses any other spelling.
          headers['Content-Type'] = 'application/json';
          body = Buffer.from(JSON.stringify(value));
          break;
        case 'stream':
          stream = value as ByteStream | undefined;
          length = stream?.length;
          break;
        case 'length':
          length = value as number;
          break;
      }
    }
    length ??= body?.length ?? 0;
    status = otherStatus ?? status;
    // A body whose length nobody knows yet is sent in chunks.
    if (status !== 204 && !(stream && stream.length === undefined)) headers['Content-Length'] = String(length);
    this.#addCommonHeaders(headers, exchange, visit);
    visit.sentBytes = exchange.request.method === 'HEAD' ? 0 : length;
    if (visit.settings.logging) visit.objectSize = objectSizeOf(operation, exchange, headers, length);
    if (stream) {
      await sendStream(exchange, status, () => toWire(headers), stream.bytes);
      return;
    }
    // Only an answer to HEAD may have the length of a body that it leaves out.
    if (body === undefined && length > 0 && exchange.request.method !== 'HEAD') headers['Content-Length'] = '0';
    response.writeHead(status, toWire(headers));
    response.end(body);
  }

  /** For an answer that has no body, or one of its own. */
  bare(exchange: Exchange, visit: Visit, status: number, headers: Record<string, string>, body?: string): void {
    headers['Content-Length'] = String(body === undefined ? 0 : Buffer.byteLength(body));
    this.#addCommonHeaders(headers, exchange, visit);
    exchange.response.writeHead(status, toWire(headers)).end(body);
  }

  error(exchange: Exchange, visit: Visit, thrown: unknown): void {
    const { request, response } = exchange;
    if (exchange.signal.aborted) {
      // Nobody is there to be told, and a client that leaves is no fault of the server's.
      exchange.log.debug({ err: thrown, operation: exchange.operation }, 'the client left');
      response.destroy();
      return;
    }
    logDenial(exchange, thrown);
    let error = toOssError(thrown);
    if (!error) {
      exchange.log.error({ err: thrown, operation: exchange.operation }, 'unexpected error');
      error = new OssError('InternalError');
    } else if (isDomainError(thrown, 'EngineBusy')) {
      // Of these there are many at a time, and each says the same.
      exchange.log.warn({ operation: exchange.operation, reason: error.message }, 'turned away');
    } else if (error.status >= 500) {
      exchange.log.error({ err: thrown, operation: exchange.operation }, 'request failed');
    }
    visit.errorCode = error.code;
    if (response.headersSent || response.destroyed) {
      // Whatever was sent is not the whole answer, and only the connection's end can say so.
      response.destroy();
      return;
    }
    const headers: Record<string, string> = { ...error.headers };
    this.#addCommonHeaders(headers, exchange, visit);
    if (error.status === 304) {
      response.writeHead(304, toWire(headers)).end();
      return;
    }
    headers['x-oss-ec'] = error.ec;
    const head = request.method === 'HEAD';
    const host = toUtf8(request.headers.host ?? '') ?? '';
    const document = Buffer.from(errorDocument(error, exchange.requestId, host, head));
    headers['Content-Type'] = 'application/xml';
    headers['Content-Length'] = String(document.length);
    if (head) {
      headers['x-oss-err'] = document.toString('base64');
      headers['Content-Length'] = '0';
      response.writeHead(error.status, toWire(headers)).end();
      return;
    }
    visit.sentBytes = document.length;
    response.writeHead(error.status, toWire(headers));
    response.end(document);
    drainBody(exchange);
  }

  #addCommonHeaders(headers: Record<string, string>, exchange: Exchange, visit: Visit): void {
    const nowMs = this.#clock.now();
    headers.Server = 'AliyunOSS';
    headers['x-oss-request-id'] = exchange.requestId;
    headers['x-oss-server-time'] = String(Math.max(0, nowMs - exchange.receivedMs));
    visit.answeredMs = nowMs;
    if (visit.charged) headers['x-oss-request-charged'] = 'requester';
    if (visit.settings.cors)
      addCorsHeaders(headers, visit.settings.cors, { method: visit.method, origin: visit.headers.origin });
  }
}

/** The size of the object that a request was about, where it tells. */
function objectSizeOf(
  { level, input }: Operation,
  exchange: Exchange,
  headers: Readonly<Record<string, string>>,
  length: number,
): number | undefined {
  if (level !== 'object') return undefined;
  if (contentFields(input).some(([, { place }]) => place === 'stream')) return declaredLength(exchange);
  const whole = /\/(\d+)$/.exec(headers['Content-Range'] ?? '')?.[1];
  const { method } = exchange.request;
  return whole === undefined ? (method === 'GET' || method === 'HEAD' ? length : undefined) : Number(whole);
}

/** Clients send bytes past ASCII in metadata as UTF-8; node gives and takes header values as Latin-1. */
function toWire(headers: Record<string, string>): Record<string, string> {
  for (const name of Object.keys(headers)) {
    const value = headers[name] ?? '';
    // Nearly all: what goes out as it is.
    if (/^[\t\x20-\x7e]*$/.test(value)) continue;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these would end the header and begin another
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
      throw new OssError('InvalidArgument', {
        message: `The value of ${name} must not contain control characters.`,
        elements: { ArgumentName: name, ArgumentValue: value },
      });
    }
    headers[name] = toLatin1(value);
  }
  return headers;
}
