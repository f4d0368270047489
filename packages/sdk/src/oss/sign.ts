import {
  ALGORITHM_V4,
  canonicalRequestV4,
  encodeText,
  formatScopeV4,
  formatTimestampV4,
  signingKeyV4,
  signV1,
  signV4,
  stringToSignV1,
  stringToSignV4,
  UNSIGNED_PAYLOAD,
} from '@millrace/protocol/oss';
import type { Credentials } from '../core/credentials.ts';
import { InvalidRequestError } from '../core/errors.ts';
import type { Platform } from '../core/transport.ts';
import type { OssRequest } from './build-request.ts';

/** `v4` is what the vendor's V2 SDKs sign with; `v1` is for services that know no other. */
export type SignatureVersion = 'v4' | 'v1';

export interface Signing {
  version: SignatureVersion;
  /** Without the `oss-` prefix. */
  region: string;
  product: string;
  /** Headers that are signed besides those that always are. */
  additionalHeaders: readonly string[];
}

type Hashes = Platform['hashes'];

/** Keys of V4 are good for a day: four hashes saved on every request. */
const keys = new Map<string, Uint8Array>();
const KEYS_KEPT = 64;

function signingKey(hashes: Hashes, { accessKeySecret }: Credentials, scope: Parameters<typeof signingKeyV4>[2]) {
  const name = `${accessKeySecret}\n${formatScopeV4(scope)}`;
  const known = keys.get(name);
  if (known) return known;
  if (keys.size >= KEYS_KEPT) keys.clear();
  const key = signingKeyV4(hashes, accessKeySecret, scope);
  keys.set(name, key);
  return key;
}

const regionOf = ({ region }: Signing): string => {
  if (region === '') throw new InvalidRequestError('Signature V4 needs a region: give one, or sign with v1.');
  return region;
};

const present = (names: readonly string[], headers: OssRequest['headers']): string[] =>
  names
    .map((name) => name.toLowerCase())
    .filter((name) => name in headers)
    .sort();

/** Signs in the headers of the request. */
export function signHeaders(
  request: OssRequest,
  credentials: Credentials,
  signing: Signing,
  hashes: Hashes,
  now: number,
): void {
  const { headers } = request;
  if (credentials.accessKeyId === '') return;
  if (credentials.securityToken) headers['x-oss-security-token'] = credentials.securityToken;
  headers.date = new Date(now).toUTCString();
  if (signing.version === 'v1') {
    const signature = signV1(hashes, credentials.accessKeySecret, stringToSignV1(request, headers.date));
    headers.authorization = `OSS ${credentials.accessKeyId}:${signature}`;
    return;
  }
  const timestamp = formatTimestampV4(now);
  const scope = { date: timestamp.slice(0, 8), region: regionOf(signing), product: signing.product };
  headers['x-oss-date'] = timestamp;
  headers['x-oss-content-sha256'] = UNSIGNED_PAYLOAD;
  const additional = present(signing.additionalHeaders, headers);
  const text = stringToSignV4(hashes, timestamp, scope, canonicalRequestV4(request, additional));
  const signature = signV4(hashes, signingKey(hashes, credentials, scope), text);
  const listed = additional.length === 0 ? '' : `AdditionalHeaders=${additional.join(';')},`;
  const credential = `${credentials.accessKeyId}/${formatScopeV4(scope)}`;
  headers.authorization = `${ALGORITHM_V4} Credential=${credential},${listed}Signature=${signature}`;
}

/** Signs in the query: whoever has the URL may send this request until it expires. */
export function signQuery(
  request: OssRequest,
  credentials: Credentials,
  signing: Signing,
  hashes: Hashes,
  now: number,
  expiresAt: number,
): void {
  const { headers, query } = request;
  if (credentials.accessKeyId === '') throw new InvalidRequestError('A URL can be signed only with keys.');
  if (signing.version === 'v1') {
    const expires = String(Math.floor(expiresAt / 1000));
    if (credentials.securityToken) query.set('security-token', credentials.securityToken);
    const signature = signV1(hashes, credentials.accessKeySecret, stringToSignV1(request, expires));
    query.set('OSSAccessKeyId', credentials.accessKeyId);
    query.set('Expires', expires);
    query.set('Signature', signature);
    return;
  }
  const timestamp = formatTimestampV4(now);
  const scope = { date: timestamp.slice(0, 8), region: regionOf(signing), product: signing.product };
  const additional = present(signing.additionalHeaders, headers);
  query.set('x-oss-signature-version', ALGORITHM_V4);
  query.set('x-oss-date', timestamp);
  query.set('x-oss-expires', String(Math.floor((expiresAt - now) / 1000)));
  query.set('x-oss-credential', `${credentials.accessKeyId}/${formatScopeV4(scope)}`);
  if (credentials.securityToken) query.set('x-oss-security-token', credentials.securityToken);
  if (additional.length > 0) query.set('x-oss-additional-headers', additional.join(';'));
  const text = stringToSignV4(hashes, timestamp, scope, canonicalRequestV4(request, additional));
  query.set('x-oss-signature', signV4(hashes, signingKey(hashes, credentials, scope), text));
}

/** What a form signs: its policy, in base64. */
export function signPolicyV4(
  policy: string,
  credentials: Credentials,
  signing: Signing,
  hashes: Hashes,
  timestamp: string,
): { credential: string; signature: string } {
  const scope = { date: timestamp.slice(0, 8), region: regionOf(signing), product: signing.product };
  return {
    credential: `${credentials.accessKeyId}/${formatScopeV4(scope)}`,
    signature: signV4(hashes, signingKey(hashes, credentials, scope), policy),
  };
}

export const queryText = (query: ReadonlyMap<string, string>): string =>
  [...query]
    .map(([name, value]) => (value === '' ? encodeText(name) : `${encodeText(name)}=${encodeText(value)}`))
    .join('&');
