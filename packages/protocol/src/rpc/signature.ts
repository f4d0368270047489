/** Everything but letters, digits and `-_.~`, as UTF-8 in upper-case hex. */
export const percentEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : a > b ? 1 : 0);

const canonicalQuery = (parameters: Iterable<readonly [string, string]>): string =>
  [...parameters]
    .sort(byName)
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .join('&');

/**
 * Signature version 1: what is signed with HMAC-SHA1 under the secret and `&`, in base64. All parameters of query and
 * form but `Signature`, those with empty values included.
 */
export function stringToSignV1(method: string, parameters: ReadonlyMap<string, string>): string {
  const signed = [...parameters].filter(([name]) => name !== 'Signature');
  return `${method}&%2F&${percentEncode(canonicalQuery(signed))}`;
}

export const ACS3 = 'ACS3-HMAC-SHA256';

export interface Acs3Authorization {
  accessKeyId: string;
  signedHeaders: readonly string[];
  signature: string;
}

/** `ACS3-HMAC-SHA256 Credential=…,SignedHeaders=a;b,Signature=…`; undefined for any other text. */
export function parseAcs3(header: string): Acs3Authorization | undefined {
  if (!header.startsWith(`${ACS3} `)) return undefined;
  const parts = new Map<string, string>();
  for (const part of header.slice(ACS3.length).split(',')) {
    const equals = part.indexOf('=');
    if (equals > 0) parts.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  const [accessKeyId, headers, signature] = ['Credential', 'SignedHeaders', 'Signature'].map((name) => parts.get(name));
  if (!accessKeyId || !headers || !signature) return undefined;
  return { accessKeyId, signedHeaders: headers.split(';').map((name) => name.trim().toLowerCase()), signature };
}

/** These must be signed: without them a signature would be good for another action, host, time or body. */
export const ACS3_REQUIRED = ['host', 'x-acs-action', 'x-acs-version', 'x-acs-date', 'x-acs-content-sha256'];

/** The request as it is hashed and then signed with HMAC-SHA256 under the secret, in lower-case hex. */
export function canonicalRequestAcs3(
  request: {
    method: string;
    path: string;
    query: Iterable<readonly [string, string]>;
    headers: Readonly<Record<string, string | undefined>>;
    bodySha256: string;
  },
  signedHeaders: readonly string[],
): string {
  const names = [...signedHeaders].sort();
  const lines = names.map((name) => `${name}:${(request.headers[name] ?? '').trim()}\n`);
  const { method, path, query, bodySha256 } = request;
  return [method, path, canonicalQuery(query), lines.join(''), names.join(';'), bodySha256].join('\n');
}

export const stringToSignAcs3 = (canonicalSha256: string): string => `${ACS3}\n${canonicalSha256}`;
