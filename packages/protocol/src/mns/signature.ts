/** The signature of every MNS client: HMAC-SHA1, in base64, over `stringToSign`. Hashing is the caller's. */
const SCHEME = 'MNS';

/** The opt-in scheme of the Java client 2.x, for the public cloud and for the vendor's private one. */
const V4_SCHEMES: Readonly<Record<string, { prefix: string; terminator: string }>> = {
  'MNS4-HMAC-SHA256': { prefix: 'aliyun_v4', terminator: 'aliyun_v4_request' },
  'APSARA-MNS4-HMAC-SHA256': { prefix: 'apsara_v4', terminator: 'apsara_v4_request' },
};

export interface SignedRequest {
  method: string;
  /** Exactly as on the request line, path and query undecoded: a handle may arrive as `==` or as `%3D%3D`. */
  target: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>;
}

/** What a client signed. `security-token`, `Host` and `User-Agent` are not part of it. */
export function stringToSign({ method, target, headers }: SignedRequest): string {
  const own = Object.keys(headers)
    .filter((name) => name.startsWith('x-mns-'))
    .sort();
  return [
    method.toUpperCase(),
    headers['content-md5'] ?? '',
    headers['content-type'] ?? '',
    headers.date ?? headers['x-mns-date'] ?? '',
    ...own.map((name) => `${name}:${headers[name] ?? ''}`),
    target,
  ].join('\n');
}

/** `MNS {AccessKeyId}:{signature}`, or undefined for any other text. */
export function parseAuthorization(header: string): { accessKeyId: string; signature: string } | undefined {
  const match = /^MNS +([^\s:]+):([A-Za-z0-9+/]+={0,2})$/.exec(header.trim());
  const [, accessKeyId, signature] = match ?? [];
  return accessKeyId === undefined || signature === undefined ? undefined : { accessKeyId, signature };
}

export const authorizationHeader = (accessKeyId: string, signature: string): string =>
  `${SCHEME} ${accessKeyId}:${signature}`;

/** What an `Authorization` of the V4 scheme says. */
export interface AuthorizationV4 {
  scheme: string;
  accessKeyId: string;
  /** `yyyyMMdd`. */
  day: string;
  region: string;
  /** Lower-case hex. */
  signature: string;
}

/** `MNS4-HMAC-SHA256 Credential={id}/{day}/{region}/mns/aliyun_v4_request,Signature={hex}`, or undefined for any other text. */
export function parseAuthorizationV4(header: string): AuthorizationV4 | undefined {
  const shape =
    /^([A-Z0-9-]+) +Credential=([^\s/,]+)\/(\d{8})\/([^\s/,]+)\/mns\/([a-z0-9_]+), *Signature=([0-9a-fA-F]{64})$/;
  const [, scheme = '', accessKeyId = '', day = '', region = '', terminator = '', signature = ''] =
    shape.exec(header.trim()) ?? [];
  const known = Object.hasOwn(V4_SCHEMES, scheme) ? V4_SCHEMES[scheme] : undefined;
  if (known === undefined || known.terminator !== terminator) return undefined;
  return { scheme, accessKeyId, day, region, signature: signature.toLowerCase() };
}

/** The texts whose chain of HMAC-SHA256, beginning with the first as the key, makes the key that signs. */
export function signingKeyPartsV4({ scheme, day, region }: AuthorizationV4, secret: string): [string, ...string[]] {
  const { prefix = '', terminator = '' } = V4_SCHEMES[scheme] ?? {};
  return [prefix + secret, day, region, 'mns', terminator];
}

const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * What a client signed by V4; unlike elsewhere in the vendor's schemes, the canonical text goes in as it is, not its
 * hash. `path` and `query` are as the client had them before it encoded them; `time` is the date header's.
 */
export function stringToSignV4(
  { scheme, day, region }: AuthorizationV4,
  request: {
    method: string;
    path: string;
    query: readonly (readonly [name: string, value: string])[];
    headers: Readonly<Record<string, string | undefined>>;
    timeMs: number;
  },
): string {
  const { terminator = '' } = V4_SCHEMES[scheme] ?? {};
  const query = request.query
    .map(([name, value]) => [encoded(name.toLowerCase()), encoded(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : Number(a > b)))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join('&');
  const headers = Object.keys(request.headers)
    .filter((name) => name === 'content-type' || name === 'content-md5' || name.startsWith('x-mns-'))
    .sort()
    .map((name) => `${name}:${request.headers[name] ?? ''}\n`);
  const path = request.path.split('/').map(encoded).join('/');
  const time = new Date(request.timeMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const canonical = `${request.method.toUpperCase()}\n${path}\n${query}\n${headers.join('')}\n`;
  return `${scheme}\n${time}\n${day}/${region}/mns/${terminator}\n${canonical}`;
}
