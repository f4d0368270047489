import { createHash, createHmac } from 'node:crypto';
import type { Target } from './server.ts';

/** Parameters in the order in which they are sent; a value of '' is sent as a bare name. */
export type Query = [name: string, value: string][];

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Signature version 4, written apart from the server's own on purpose: one cannot hide a mistake in the other. */
function sign(
  target: Target,
  request: { method: string; path: string; query: Query; headers: Record<string, string>; timestamp: string },
): string {
  const { timestamp } = request;
  const scope = `${timestamp.slice(0, 8)}/${target.region}/oss/aliyun_v4_request`;
  // Of a repeated parameter, the first counts.
  const query = new Map([...request.query].reverse());
  const headers = Object.entries(request.headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
    .filter(([name]) => name === 'content-type' || name === 'content-md5' || name.startsWith('x-oss-'))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const canonical = [
    request.method,
    encode(request.path).replaceAll('%2F', '/'),
    [...query]
      .map(([name, value]) => [encode(name), encode(value)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
      .join('&'),
    ...headers.map(([name, value]) => `${name}:${value}`),
    '',
    '',
    request.headers['x-oss-content-sha256'] ?? 'UNSIGNED-PAYLOAD',
  ].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const [date = '', region = '', product = '', word = ''] = scope.split('/');
  const key = [region, product, word].reduce(hmac, hmac(`aliyun_v4${target.accessKeySecret}`, date));
  return hmac(key, `OSS4-HMAC-SHA256\n${timestamp}\n${scope}\n${hash}`).toString('hex');
}

const now = (): string => new Date().toISOString().replace(/[-:]|\.\d+/g, '');

/** The query of a presigned URL. `path` is `/bucket/key`, decoded. */
export function presigned(target: Target, method: string, path: string, query: Query = []): Query {
  const timestamp = now();
  const whole: Query = [
    ...query,
    ['x-oss-signature-version', 'OSS4-HMAC-SHA256'],
    ['x-oss-credential', `${target.accessKeyId}/${timestamp.slice(0, 8)}/${target.region}/oss/aliyun_v4_request`],
    ['x-oss-date', timestamp],
    ['x-oss-expires', '600'],
  ];
  return [...whole, ['x-oss-signature', sign(target, { method, path, query: whole, headers: {}, timestamp })]];
}

/** The headers of a signed request, those given included. */
export function signedHeaders(
  target: Target,
  method: string,
  path: string,
  query: Query,
  given: Record<string, string>,
): Record<string, string> {
  const timestamp = now();
  const headers = { ...given, 'x-oss-date': timestamp, 'x-oss-content-sha256': 'UNSIGNED-PAYLOAD' };
  const signature = sign(target, { method, path, query, headers, timestamp });
  const credential = `${target.accessKeyId}/${timestamp.slice(0, 8)}/${target.region}/oss/aliyun_v4_request`;
  return { ...headers, Authorization: `OSS4-HMAC-SHA256 Credential=${credential},Signature=${signature}` };
}

/** A query as it stands on the request line. */
export const queryText = (query: Query): string =>
  query.map(([name, value]) => (value === '' ? encode(name) : `${encode(name)}=${encode(value)}`)).join('&');
