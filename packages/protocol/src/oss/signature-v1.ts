import { byCodeUnit, type Hashes, type SignableRequest } from './signable-request.ts';
import { isSignedSubresource } from './subresources.ts';

/** `/bucket/key` and the signed sub-resources, decoded: https://www.alibabacloud.com/help/en/oss/developer-reference/include-signatures-in-the-authorization-header */
function canonicalResourceV1(request: Pick<SignableRequest, 'bucket' | 'key' | 'query'>): string {
  const resource = request.bucket === undefined ? '/' : `/${request.bucket}/${request.key ?? ''}`;
  const signed: string[] = [];
  for (const name of request.query.keys()) if (isSignedSubresource(name)) signed.push(name);
  if (signed.length === 0) return resource;
  // Sorted by name alone: `callback` comes before `callback-var`, although `-` sorts before `=`.
  const written = signed.sort(byCodeUnit).map((name) => {
    const value = request.query.get(name);
    return value ? `${name}=${value}` : name;
  });
  return `${resource}?${written.join('&')}`;
}

/** The date a header-signed request carries: "the value of x-oss-date if that header is present, else Date". */
export function requestDateV1(headers: SignableRequest['headers']): string | undefined {
  return headers['x-oss-date'] ?? headers.date;
}

/** @param date the request's date, or for a presigned URL the value of `Expires`. */
export function stringToSignV1(request: SignableRequest, date: string): string {
  const { headers } = request;
  let canonicalHeaders = '';
  for (const name of Object.keys(headers).sort(byCodeUnit)) {
    if (name.startsWith('x-oss-')) canonicalHeaders += `${name}:${(headers[name] ?? '').trim()}\n`;
  }
  const md5 = headers['content-md5'] ?? '';
  const type = headers['content-type'] ?? '';
  return `${request.method}\n${md5}\n${type}\n${date}\n${canonicalHeaders}${canonicalResourceV1(request)}`;
}

export function signV1(hashes: Hashes, secret: string, stringToSign: string): string {
  return hashes.hmacSha1Base64(secret, stringToSign);
}

/** `OSS AccessKeyId:Signature`; undefined when it is not of that form. */
export function parseAuthorizationV1(header: string): { accessKeyId: string; signature: string } | undefined {
  const match = /^OSS\s+([^:\s]+):(\S+)\s*$/.exec(header);
  return match?.[1] !== undefined && match[2] !== undefined
    ? { accessKeyId: match[1], signature: match[2] }
    : undefined;
}
