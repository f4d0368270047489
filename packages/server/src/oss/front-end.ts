import { createHash } from 'node:crypto';
import {
  type ByteStream,
  decodeParameters,
  encodeHeaders,
  type Field,
  fieldList,
  type Operation,
  operations,
  UNSIGNED_PAYLOAD,
} from '@millrace/protocol/oss';
import type { Resource } from '../domain/access/access-service.ts';
import type { KeyRing } from '../domain/access/principal.ts';
import { DomainError } from '../domain/errors.ts';
import type { Clock } from '../domain/ports/clock.ts';
import { bodyStream, declaredLength, drainBody, readBody } from '../http/body.ts';
import type { Exchange, FrontEnd } from '../http/exchange.ts';
import { readAddress, readQuery } from './address.ts';
import { Authenticator } from './authenticate.ts';
import type { BucketCall, Handler, OssServices } from './call.ts';
import { Dispatch } from './dispatch.ts';
import { handlers } from './handlers.ts';
import { toLatin1, toUtf8 } from './header-text.ts';
import { errorDocument, OssError } from './oss-error.ts';
import { sendStream } from './send-stream.ts';
import { paced, readTrafficLimit } from './traffic-limit.ts';
import { toOssError } from './wire-errors.ts';

export interface OssOptions extends OssServices {
  keys: KeyRing;
  clock: Clock;
  /** Such as `cn-hangzhou`; V4 signatures must name it. */
  region: string;
  /** Host names, without port, under which `BUCKET.` may stand in front. */
  hosts: readonly string[];
  /** Asked for each request, because the port may be known only once the listener is open. */
  publicUrl: () => string;
}

/** Headers that ask for something which would silently not happen. */
const UNSERVED_HEADERS = ['x-oss-callback', 'x-oss-server-side-encryption', 'x-oss-server-side-data-encryption'];

/** OSS on the main port: find the reading that was signed, find the operation, decode, authorise, run, encode. */
export class OssFrontEnd implements FrontEnd {
  #options: OssOptions;
  #authenticator: Authenticator;
  #dispatch = new Dispatch(operations);
  #handlers: ReadonlyMap<string, Handler>;

  constructor(options: OssOptions) {
    this.#options = options;
    const { keys, region, clock } = options;
    this.#authenticator = new Authenticator({ keys, region, now: () => clock.now() });
    this.#handlers = new Map(Object.values(handlers).map((handler) => [handler.operation.name, handler]));
  }

  async handle(exchange: Exchange): Promise<void> {
    try {
      await this.#serve(exchange);
    } catch (error) {
      this.#sendError(exchange, await this.#orMissingBucket(exchange, error));
    }
  }

  /**
   * Vendor rule: a bucket that does not exist is reported whatever is wrong with the signature, because clients ask with any
   * key whether a name is taken. Only whoever would make the bucket is told of the signature.
   */
  async #orMissingBucket(exchange: Exchange, error: unknown): Promise<unknown> {
    const unverified = exchange.operation === '' && error instanceof OssError && error.status === 403;
    if (!unverified) return error;
    const { method = 'GET', url = '/', headers: raw } = exchange.request;
    const headers = readHeaders(raw);
    const [address, ...others] = readAddress(headers.host ?? '', url, this.#options.hosts);
    // Where it is not certain which bucket was meant, neither is its absence.
    if (address?.bucket === undefined || others.length > 0) return error;
    try {
      const operation = this.#dispatch.find(method, address, readQuery(url), headers);
      if (!operation.createsBucket) await this.#options.buckets.get(address.bucket);
    } catch (other) {
      if (other instanceof DomainError && other.kind === 'BucketMissing') return other;
    }
    return error;
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { request } = exchange;
    const method = request.method ?? 'GET';
    const target = request.url ?? '/';
    const headers = readHeaders(request.headers);
    const query = readQuery(target);
    const addresses = readAddress(headers.host ?? '', target, this.#options.hosts);
    const { principal, address } = this.#authenticator.verify({ method, query, headers, addresses });
    const operation = this.#dispatch.find(method, address, query, headers);
    exchange.operation = operation.name;
    const handler = this.#handlers.get(operation.name);
    if (!operation.implemented || !handler) {
      throw new OssError('NotImplemented', {
        message: `The operation ${operation.name} is not implemented by this server.`,
        elements: { Operation: operation.name },
      });
    }
    if (method === 'PUT' || method === 'POST') refuseUnserved(headers);

    const { buckets, objects, uploads, access, process, region } = this.#options;
    const call: Omit<BucketCall, 'bucket'> & { bucket?: BucketCall['bucket'] } = {
      buckets,
      objects,
      uploads,
      access,
      process,
      exchange,
      principal,
      // Made on first use: most handlers never ask.
      get signal() {
        return exchange.signal;
      },
      region,
      publicUrl: this.#options.publicUrl(),
    };
    const bytesPerSecond = readTrafficLimit(headers, query);
    const input: Record<string, unknown> = {};
    decodeParameters(operation.input, { query, headers }, input);
    if (address.bucket !== undefined) {
      input.bucket = address.bucket;
      input.key = address.key;
    }
    if (address.bucket === undefined || operation.createsBucket) {
      await access.require(principal, operation.action);
    } else {
      call.bucket = await buckets.get(address.bucket);
      const resource: Resource = { bucket: call.bucket };
      if (address.key !== '') resource.key = address.key;
      if (typeof input.versionId === 'string') resource.versionId = input.versionId;
      const { action, versionAction } = operation;
      await access.require(principal, resource.versionId === undefined ? action : versionAction, resource);
    }
    await decodeBody(operation, exchange, headers, input, (bytes) => this.#held(bytes, bytesPerSecond));
    // Handlers of operations on existing buckets get one, by the branch above; the others' types do not offer it.
    const output = await handler.run(input, call as BucketCall);
    await this.#sendOutput(exchange, operation, output, bytesPerSecond);
  }

  /** A body that streams, no faster than its client wants it to. */
  #held(bytes: AsyncIterable<Uint8Array>, bytesPerSecond: number | undefined): AsyncIterable<Uint8Array> {
    return bytesPerSecond === undefined ? bytes : paced(bytes, bytesPerSecond, this.#options.clock);
  }

  async #sendOutput(
    exchange: Exchange,
    operation: Operation,
    output: Record<string, unknown>,
    bytesPerSecond: number | undefined,
  ): Promise<void> {
    const { response } = exchange;
    const headers = encodeHeaders(operation.output, output);
    let status = operation.status;
    let body: Buffer | undefined;
    let stream: ByteStream | undefined;
    let length: number | undefined;
    for (const [name, field] of fieldList(operation.output)) {
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
        case 'json':
          // Exactly this: the Go SDK refuses any other spelling.
          headers['Content-Type'] = 'application/json';
          body = Buffer.from(JSON.stringify(value));
          break;
        case 'stream':
          stream = value as ByteStream;
          length = stream.length;
          break;
        case 'length':
          length = value as number;
          break;
      }
    }
    length ??= body?.length ?? 0;
    if (status !== 204) headers['Content-Length'] = String(length);
    this.#addCommonHeaders(headers, exchange);
    if (stream) {
      await sendStream(exchange, status, () => toWire(headers), this.#held(stream.bytes, bytesPerSecond));
      return;
    }
    // Only an answer to HEAD may have the length of a body that it leaves out.
    if (body === undefined && length > 0 && exchange.request.method !== 'HEAD') headers['Content-Length'] = '0';
    response.writeHead(status, toWire(headers));
    response.end(body);
  }

  #sendError(exchange: Exchange, thrown: unknown): void {
    const { request, response } = exchange;
    if (exchange.signal.aborted) {
      // Nobody is there to be told, and a client that leaves is no fault of the server's.
      exchange.log.debug({ err: thrown, operation: exchange.operation }, 'the client left');
      response.destroy();
      return;
    }
    let error = toOssError(thrown);
    if (!error) {
      exchange.log.error({ err: thrown, operation: exchange.operation }, 'unexpected error');
      error = new OssError('InternalError');
    } else if (error.status >= 500) {
      exchange.log.error({ err: thrown, operation: exchange.operation }, 'request failed');
    }
    if (response.headersSent || response.destroyed) {
      // Whatever was sent is not the whole answer, and only the connection's end can say so.
      response.destroy();
      return;
    }
    const headers: Record<string, string> = { ...error.headers };
    this.#addCommonHeaders(headers, exchange);
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
    response.writeHead(error.status, toWire(headers));
    response.end(document);
    drainBody(exchange);
  }

  #addCommonHeaders(headers: Record<string, string>, exchange: Exchange): void {
    headers.Server = 'AliyunOSS';
    headers['x-oss-request-id'] = exchange.requestId;
    headers['x-oss-server-time'] = String(Math.max(0, this.#options.clock.now() - exchange.receivedMs));
  }
}

/** Clients send bytes past ASCII in metadata as UTF-8; node gives and takes header values as Latin-1. */
function readHeaders(raw: Exchange['request']['headers']): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const name of Object.keys(raw)) {
    const value = raw[name];
    const text = typeof value === 'string' ? value : value?.join(',');
    headers[name] = text === undefined ? undefined : (toUtf8(text) ?? text);
  }
  return headers;
}

function toWire(headers: Record<string, string>): Record<string, string> {
  for (const name of Object.keys(headers)) {
    const value = headers[name] ?? '';
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

function refuseUnserved(headers: Readonly<Record<string, string | undefined>>): void {
  for (const name of UNSERVED_HEADERS) {
    if (headers[name] === undefined) continue;
    throw new OssError('NotImplemented', {
      message: `The header ${name} implies functionality that is not implemented.`,
      elements: { Header: name },
    });
  }
}

async function decodeBody(
  operation: Operation,
  exchange: Exchange,
  headers: Readonly<Record<string, string | undefined>>,
  input: Record<string, unknown>,
  held: (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>,
): Promise<void> {
  for (const [name, field] of fieldList(operation.input)) {
    switch (field.place) {
      case 'stream': {
        const { length, bytes } = incomingStream(exchange, headers);
        input[name] = { length, bytes: held(bytes) };
        break;
      }
      case 'text':
        input[name] = (await boundedBody(exchange, headers, field)).toString('utf8');
        break;
      case 'xml': {
        const body = await boundedBody(exchange, headers, field);
        if (body.length > 0 || field.whenEmpty === 'malformed') {
          input[name] = field.document.decode(body.toString('utf8'), { length: field.limit });
        }
        break;
      }
    }
  }
}

function incomingStream(exchange: Exchange, headers: Readonly<Record<string, string | undefined>>): ByteStream {
  const length = declaredLength(exchange);
  if (length === undefined && headers['transfer-encoding'] === undefined) throw new OssError('MissingContentLength');
  const bytes = bodyStream(exchange);
  const sha256 = payloadHash(headers);
  return { length, bytes: sha256 === undefined ? bytes : verifySha256(bytes, sha256) };
}

/** The SHA-256 of the body, where the client signed one instead of `UNSIGNED-PAYLOAD`. */
function payloadHash(headers: Readonly<Record<string, string | undefined>>): string | undefined {
  const value = headers['x-oss-content-sha256'];
  return value === undefined || value === UNSIGNED_PAYLOAD ? undefined : value.toLowerCase();
}

async function* verifySha256(bytes: AsyncIterable<Uint8Array>, expected: string): AsyncGenerator<Uint8Array> {
  const sha256 = createHash('sha256');
  for await (const chunk of bytes) {
    sha256.update(chunk);
    yield chunk;
  }
  const calculated = sha256.digest('hex');
  if (calculated !== expected) throw new DomainError('DigestMismatch', { expected, calculated });
}

async function boundedBody(
  exchange: Exchange,
  headers: Readonly<Record<string, string | undefined>>,
  field: Extract<Field, { limit: number }>,
): Promise<Buffer> {
  const body = await readBody(exchange, field.limit);
  const expected = headers['content-md5'];
  if (expected !== undefined) {
    const calculated = createHash('md5').update(body).digest('base64');
    if (calculated !== expected) throw new DomainError('DigestMismatch', { expected, calculated });
  }
  const sha256 = payloadHash(headers);
  if (sha256 !== undefined) {
    const calculated = createHash('sha256').update(body).digest('hex');
    if (calculated !== sha256) throw new DomainError('DigestMismatch', { expected: sha256, calculated });
  }
  return body;
}
