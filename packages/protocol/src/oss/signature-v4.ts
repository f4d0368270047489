import { encodeKey, encodeText } from './encoding-type.ts';
import { byCodeUnit, type Hashes, type SignableRequest } from './signable-request.ts';

export const ALGORITHM_V4 = 'OSS4-HMAC-SHA256';
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
const REQUEST_WORD = 'aliyun_v4_request';

/** What a V4 signature is good for: one day, region and product. */
export interface ScopeV4 {
  /** `YYYYMMDD` */
  date: string;
  /** Without the `oss-` prefix. */
  region: string;
  product: string;
}

export const formatScopeV4 = (scope: ScopeV4): string =>
  `${scope.date}/${scope.region}/${scope.product}/${REQUEST_WORD}`;

/** `YYYYMMDDTHHMMSSZ` */
export const formatTimestampV4 = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace(/[-:]|\.\d+/g, '');

/** Milliseconds, or undefined when the text is not a real time in the form `YYYYMMDDTHHMMSSZ`. */
export function parseTimestampV4(timestamp: string): number | undefined {
  if (!/^\d{8}T\d{6}Z$/.test(timestamp)) return undefined;
  const digits = (from: number, to: number): number => Number(timestamp.slice(from, to));
  const [month, day, minute, second] = [digits(4, 6), digits(6, 8), digits(11, 13), digits(13, 15)];
  const milliseconds = Date.UTC(digits(0, 4), month - 1, day, digits(9, 11), minute, second);
  // A 30th of February would be the 1st of March, and hour 24 the next day.
  const real = new Date(milliseconds).getUTCDate() === day && month >= 1 && month <= 12 && minute < 60 && second < 60;
  return real ? milliseconds : undefined;
}

/** Signed whenever present, so never listed as additional. */
const alwaysSigned = (name: string): boolean =>
  name === 'content-type' || name === 'content-md5' || name.startsWith('x-oss-');

/** @param additionalHeaders lower-case names that are signed besides those that always are. */
export function canonicalRequestV4(request: SignableRequest, additionalHeaders: readonly string[]): string {
  const { headers } = request;
  const resource = request.bucket === undefined ? '/' : `/${request.bucket}/${encodeKey(request.key ?? '')}`;
  const query: string[] = [];
  for (const [name, value] of request.query) {
    if (name === 'x-oss-signature') continue;
    query.push(value === '' ? encodeText(name) : `${encodeText(name)}=${encodeText(value)}`);
  }
  if (query.length > 1) query.sort(byEncodedName);
  const additional = [...new Set(additionalHeaders)].filter((name) => !alwaysSigned(name)).sort(byCodeUnit);
  const signed: string[] = [];
  for (const name of Object.keys(headers)) {
    if (headers[name] !== undefined && (alwaysSigned(name) || additional.includes(name))) signed.push(name);
  }
  let canonicalHeaders = '';
  for (const name of signed.sort(byCodeUnit)) canonicalHeaders += `${name}:${headers[name]?.trim()}\n`;
  const payload = headers['x-oss-content-sha256'] ?? UNSIGNED_PAYLOAD;
  return `${request.method}\n${resource}\n${query.join('&')}\n${canonicalHeaders}\n${additional.join(';')}\n${payload}`;
}

/** Sorts `name=value` by name: `a=1` comes before `a-b=1`, although `-` sorts before `=`. */
function byEncodedName(a: string, b: string): number {
  return byCodeUnit(a.split('=', 1)[0] ?? '', b.split('=', 1)[0] ?? '');
}

export function stringToSignV4(hashes: Hashes, timestamp: string, scope: ScopeV4, canonicalRequest: string): string {
  return `${ALGORITHM_V4}\n${timestamp}\n${formatScopeV4(scope)}\n${hashes.sha256Hex(canonicalRequest)}`;
}

/** The key for one scope. Worth keeping: it costs four hashes and changes once a day. */
export function signingKeyV4(hashes: Hashes, secret: string, scope: ScopeV4): Uint8Array {
  const dateKey = hashes.hmacSha256(`aliyun_v4${secret}`, scope.date);
  const regionKey = hashes.hmacSha256(dateKey, scope.region);
  const productKey = hashes.hmacSha256(regionKey, scope.product);
  return hashes.hmacSha256(productKey, REQUEST_WORD);
}

export function signV4(hashes: Hashes, signingKey: Uint8Array, stringToSign: string): string {
  return hashes.hmacSha256Hex(signingKey, stringToSign);
}

export interface AuthorizationV4 {
  accessKeyId: string;
  scope: ScopeV4;
  /** In lower case. */
  additionalHeaders: string[];
  signature: string;
}

/** Why an authorization cannot be read, with the vendor's classification of the fault. */
export interface MalformedV4 {
  fault: string;
  ec: string;
}

/** `AK/YYYYMMDD/REGION/PRODUCT/aliyun_v4_request`; the key id itself may contain slashes. */
export function parseCredentialV4(credential: string): { accessKeyId: string; scope: ScopeV4 } | MalformedV4 {
  const parts = credential.split('/');
  const [date, region, product, word] = parts.slice(-4);
  const accessKeyId = parts.slice(0, -4).join('/');
  if (accessKeyId && region === '')
    return { fault: 'The signing region in credential is invalid.', ec: '0002-00000226' };
  if (!accessKeyId || date === undefined || !region || !product) {
    return { fault: 'Invalid signing credential in Authorization header.', ec: '0002-00000213' };
  }
  if (word !== REQUEST_WORD) return { fault: 'Invalid signing request in Authorization header.', ec: '0002-00000213' };
  if (!/^\d{8}$/.test(date)) return { fault: 'Invalid signing date in Authorization header.', ec: '0002-00000212' };
  return { accessKeyId, scope: { date, region, product } };
}

/**
 * Reads `OSS4-HMAC-SHA256 Credential=…,AdditionalHeaders=…,Signature=…`: the parts in any order, with or without spaces
 * after the commas, as the vendor's SDKs write them.
 */
export function parseAuthorizationV4(header: string): AuthorizationV4 | MalformedV4 {
  const pairs = header.slice(ALGORITHM_V4.length).trim().split(',');
  const values = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(equals, 0)).trim();
    if (name !== 'Credential' && name !== 'AdditionalHeaders' && name !== 'Signature') {
      return { fault: 'Invalid signing parameter in Authorization header.', ec: '0002-00000204' };
    }
    values.set(name, pair.slice(equals + 1).trim());
  }
  const credential = values.get('Credential');
  const signature = values.get('Signature');
  if (pairs.length > 3 || values.size !== pairs.length || !credential || !signature) {
    return { fault: 'Invalid signing parameters in Authorization header.', ec: '0002-00000202' };
  }
  const parsed = parseCredentialV4(credential);
  if ('fault' in parsed) return parsed;
  const additional = parseAdditionalHeaders(values.get('AdditionalHeaders'));
  return 'fault' in additional ? additional : { ...parsed, additionalHeaders: additional.names, signature };
}

/** `h1;h2`, or undefined for none. Listed but empty is a fault. */
export function parseAdditionalHeaders(text: string | undefined): { names: string[] } | MalformedV4 {
  if (text === undefined) return { names: [] };
  const names = text.split(';').map((name) => name.trim().toLowerCase());
  if (text === '') return { fault: 'Invalid signing additional headers in Authorization header.', ec: '0002-00000209' };
  if (names.includes('')) {
    return { fault: 'Invalid signing additional headers in Authorization header.', ec: '0002-00000210' };
  }
  return { names };
}
