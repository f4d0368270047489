import { encodeText } from './encoding-type.ts';
import { byCodeUnit, type SignableRequest } from './signable-request.ts';

export const ALGORITHM_V2 = 'OSS2';

/** `/bucket/key` with its slashes encoded, and the whole query: unlike in V1, nothing of it is left out. */
function canonicalResourceV2(request: Pick<SignableRequest, 'bucket' | 'key' | 'query'>): string {
  const path = request.bucket === undefined ? '/' : `/${request.bucket}/${request.key ?? ''}`;
  const query: [name: string, value: string][] = [];
  for (const [name, value] of request.query) {
    if (name !== 'x-oss-signature') query.push([encodeText(name), encodeText(value)]);
  }
  if (query.length === 0) return encodeText(path);
  const written = query
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  return `${encodeText(path)}?${written.join('&')}`;
}

/**
 * @param date the request's `Date`, or for a presigned URL the value of `x-oss-expires`.
 * @param additionalHeaders lower-case names that are signed besides those that begin with `x-oss-`.
 */
export function stringToSignV2(request: SignableRequest, date: string, additionalHeaders: readonly string[]): string {
  const { headers } = request;
  const additional = [...new Set(additionalHeaders)].sort(byCodeUnit);
  let canonicalHeaders = '';
  for (const name of Object.keys(headers).sort(byCodeUnit)) {
    if (!name.startsWith('x-oss-') && !additional.includes(name)) continue;
    canonicalHeaders += `${name}:${(headers[name] ?? '').trim()}\n`;
  }
  const md5 = headers['content-md5'] ?? '';
  const type = headers['content-type'] ?? '';
  const before = `${request.method}\n${md5}\n${type}\n${date}\n${canonicalHeaders}`;
  return `${before}${additional.join(';')}\n${canonicalResourceV2(request)}`;
}

const namesOf = (list: string | undefined): string[] =>
  (list ?? '')
    .split(';')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');

/** `h1;h2`, in any case. */
export const parseAdditionalHeadersV2 = namesOf;

/** `OSS2 AccessKeyId:…,[AdditionalHeaders:h1;h2,]Signature:…`; undefined when it is not of that form. */
export function parseAuthorizationV2(
  header: string,
): { accessKeyId: string; additionalHeaders: string[]; signature: string } | undefined {
  const match = /^OSS2\s+AccessKeyId:([^:,\s]+),(?:AdditionalHeaders:([^,]*),)?Signature:(\S+)\s*$/.exec(header);
  if (match?.[1] === undefined || match[3] === undefined) return undefined;
  return { accessKeyId: match[1], additionalHeaders: namesOf(match[2]), signature: match[3] };
}
