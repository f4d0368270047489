import { principalId } from '../domain/access/access-service.ts';
import type { Principal } from '../domain/access/principal.ts';
import type { BucketRow } from '../domain/ports/object-records.ts';
import type { BucketSettings } from '../domain/settings/bucket-settings.ts';
import type { Exchange } from '../http/exchange.ts';

/** One answered request. */
export interface LoggedRequest {
  exchange: Exchange;
  headers: Readonly<Record<string, string | undefined>>;
  query: ReadonlyMap<string, string>;
  bucket: BucketRow;
  /** Empty for the bucket itself. */
  key: string;
  principal: Principal;
  /** Of the body. */
  sentBytes: number;
  objectSize: number | undefined;
  errorCode: string | undefined;
  /** From its arrival to the end of the answer. */
  totalMs: number;
  /** From its arrival to the beginning of the answer. */
  serverMs: number;
  fields: BucketSettings['logFields'] | undefined;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * The vendor's line, field for field: remote IP, two reserved ones, time, request line, status, bytes sent, milliseconds,
 * Referer, User-Agent, Host, request id, whether logged, requester, operation, bucket, key, object's size, milliseconds of
 * the server, error code, length of the request, owner, change of size, kind of back-to-origin, storage class, target storage
 * class, access point, access key. What the owner asked for besides comes last, as base64 of JSON.
 */
export function accessLogLine(request: LoggedRequest): string {
  const { exchange, headers, bucket, principal, fields } = request;
  const { method = '-', url = '-', httpVersion } = exchange.request;
  const requester = principal.kind === 'anonymous' ? undefined : principal;
  const columns = [
    exchange.request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '-',
    '-',
    '-',
    time(exchange.receivedMs),
    quoted(`${method} ${url} HTTP/${httpVersion}`),
    exchange.response.statusCode,
    request.sentBytes,
    request.totalMs,
    quoted(headers.referer),
    quoted(headers['user-agent']),
    quoted(headers.host),
    quoted(exchange.requestId),
    quoted('true'),
    quoted(requester && principalId(requester)),
    quoted(exchange.operation),
    quoted(bucket.name),
    quoted(request.key === '' ? undefined : encodeURIComponent(request.key)),
    request.objectSize ?? '-',
    request.serverMs,
    quoted(request.errorCode),
    requestLength(exchange),
    quoted(bucket.ownerId),
    '-',
    quoted(undefined),
    quoted(bucket.storageClass.toLowerCase()),
    quoted(undefined),
    quoted(undefined),
    quoted(requester?.accessKeyId),
  ];
  if (fields) columns.push(quoted(ownFields(fields, request)));
  return columns.join(' ');
}

/** `[03/Jan/2021:14:59:49 +0000]`. */
function time(ms: number): string {
  const date = new Date(ms);
  const [, day = '', clock = ''] = /^\d+-\d+-(\d+)T([\d:]+)/.exec(date.toISOString()) ?? [];
  return `[${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${clock} +0000]`;
}

/** In quotes, on one line, with nothing in it that would end it early: what clients send is copied into a line of others. */
function quoted(text: string | undefined): string {
  if (text === undefined || text === '') return '"-"';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these would begin another line
  return `"${text.replace(/["\\\u0000-\u001f\u007f]/g, (character) => encodeURIComponent(character))}"`;
}

function requestLength({ request }: Exchange): number {
  const { method = '', url = '', httpVersion, rawHeaders } = request;
  // The spaces and line ends of the request line, and those of the headers with their colons.
  const line = method.length + url.length + httpVersion.length + 'HTTP/'.length + 4;
  const headers = rawHeaders.reduce((sum, text) => sum + text.length + 2, 2);
  return line + headers + Number(request.headers['content-length'] ?? 0);
}

function ownFields({ headers, parameters }: BucketSettings['logFields'], request: LoggedRequest): string {
  const json = JSON.stringify({
    headers: Object.fromEntries(headers.map((name) => [name, request.headers[name.toLowerCase()]])),
    params: Object.fromEntries(parameters.map((name) => [name, request.query.get(name)])),
  });
  return Buffer.from(json).toString('base64');
}
