import { createHash, createHmac } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';

export interface Keys {
  endpoint: string;
  accessKeyId: string;
  accessKeySecret: string;
}

export interface SignedRequest {
  method: string;
  /** Path as it stands on the request line, already percent-encoded. */
  path: string;
  /** Query parameters; an empty value is sent as a bare name. */
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
  signal?: AbortSignal;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  text: string;
}

/** The connection could not be made, or broke before the whole answer was there: whether the server acted is unknown. */
export class ConnectionBroken extends Error {
  override name = 'ConnectionBroken';
}

/**
 * The query parameters that OSS V1 signs. Enough for what the tests send; written apart from the server's own list on
 * purpose, so that one cannot hide a mistake in the other.
 */
const SUBRESOURCES = new Set([
  'acl',
  'append',
  'bucketInfo',
  'continuation-token',
  'delete',
  'lifecycle',
  'location',
  'objectMeta',
  'partNumber',
  'policy',
  'position',
  'processConfiguration',
  'response-content-type',
  'stat',
  'style',
  'styleName',
  'symlink',
  'tagging',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
  'x-oss-async-process',
  'x-oss-process',
]);

const agents = new Map<string, Agent>();

function agentFor(endpoint: string): Agent {
  const known = agents.get(endpoint);
  if (known) return known;
  const agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: 60_000 });
  agents.set(endpoint, agent);
  return agent;
}

const queryText = (query: Record<string, string>) =>
  Object.entries(query)
    .map(([name, value]) =>
      value === '' ? encodeURIComponent(name) : `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
    )
    .join('&');

/** Sends one OSS request, path style, signed with V1. Rejects with `ConnectionBroken`. */
export function oss(keys: Keys, request: SignedRequest): Promise<Answer> {
  const query = request.query ?? {};
  const headers: Record<string, string> = { date: new Date().toUTCString(), ...request.headers };
  const canonicalHeaders = Object.keys(headers)
    .map((name) => name.toLowerCase())
    .filter((name) => name.startsWith('x-oss-'))
    .sort()
    .map((name) => `${name}:${headers[name]}\n`)
    .join('');
  const signed = Object.keys(query)
    .filter((name) => SUBRESOURCES.has(name))
    .sort()
    .map((name) => (query[name] === '' ? name : `${name}=${query[name]}`));
  const resource = decodeURIComponent(request.path) + (signed.length > 0 ? `?${signed.join('&')}` : '');
  const text = [
    request.method,
    headers['content-md5'] ?? '',
    headers['content-type'] ?? '',
    headers.date ?? '',
    canonicalHeaders + resource,
  ].join('\n');
  headers.authorization = `OSS ${keys.accessKeyId}:${hmac(keys.accessKeySecret, text)}`;
  return send(keys.endpoint, { ...request, headers });
}

/** Sends one MNS request. Rejects with `ConnectionBroken`. */
export function mns(keys: Keys, request: SignedRequest): Promise<Answer> {
  const headers: Record<string, string> = {
    date: new Date().toUTCString(),
    'x-mns-version': '2015-06-06',
    ...(request.body === undefined ? {} : { 'content-type': 'text/xml' }),
    ...request.headers,
  };
  const canonicalHeaders = Object.keys(headers)
    .filter((name) => name.startsWith('x-mns-'))
    .sort()
    .map((name) => `${name}:${headers[name]}\n`)
    .join('');
  const target = request.path + (request.query ? `?${queryText(request.query)}` : '');
  const text = [
    request.method,
    headers['content-md5'] ?? '',
    headers['content-type'] ?? '',
    headers.date ?? '',
    canonicalHeaders + target,
  ].join('\n');
  headers.authorization = `MNS ${keys.accessKeyId}:${hmac(keys.accessKeySecret, text)}`;
  return send(keys.endpoint, { ...request, headers });
}

const hmac = (secret: string, text: string) => createHmac('sha1', secret).update(text).digest('base64');

/** Base64 of the MD5, as Content-MD5 wants it. */
export const contentMd5 = (body: Uint8Array | string) => createHash('md5').update(body).digest('base64');

function send(endpoint: string, request: SignedRequest): Promise<Answer> {
  const url = new URL(endpoint);
  const body = request.body === undefined ? undefined : Buffer.from(request.body);
  return new Promise((resolve, reject) => {
    const broken = (cause: Error) =>
      reject(new ConnectionBroken(`${request.method} ${request.path}: ${cause.message}`, { cause }));
    const outgoing = httpRequest(
      {
        agent: agentFor(endpoint),
        host: url.hostname,
        port: url.port,
        method: request.method,
        path: request.path + (request.query ? `?${queryText(request.query)}` : ''),
        headers: { ...request.headers, ...(body ? { 'content-length': String(body.length) } : {}) },
        ...(request.signal ? { signal: request.signal } : {}),
      },
      (incoming) => {
        const pieces: Buffer[] = [];
        incoming.on('data', (piece: Buffer) => pieces.push(piece));
        incoming.on('error', broken);
        incoming.on('close', () => {
          if (!incoming.complete) return broken(new Error('closed inside an answer'));
          const whole = Buffer.concat(pieces);
          const headers: Record<string, string> = {};
          for (const [name, value] of Object.entries(incoming.headers)) {
            if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
          }
          resolve({ status: incoming.statusCode ?? 0, headers, body: whole, text: whole.toString('utf8') });
        });
      },
    );
    outgoing.on('error', broken);
    outgoing.end(body);
  });
}
