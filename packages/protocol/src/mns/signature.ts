/** The signature of every MNS client: HMAC-SHA1, in base64, over `stringToSign`. Hashing is the caller's. */
const SCHEME = 'MNS';

/** The opt-in scheme of the Java client 2.x, which this server does not verify. */
export const V4_SCHEMES: readonly string[] = ['MNS4-HMAC-SHA256', 'APSARA-MNS4-HMAC-SHA256'];

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
