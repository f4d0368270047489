import { isIP } from 'node:net';
import { toUtf8 } from './header-text.ts';
import { OssError } from './oss-error.ts';

/** What a URL names. No bucket is the service itself; an empty key is the bucket itself. */
export interface Address {
  bucket?: string;
  key: string;
}

const VENDOR_HOST =
  /^(.*)\.(?:oss-[a-z0-9-]+|[a-z0-9-]+\.oss|oss-accelerate(?:-overseas)?|[a-z0-9-]+\.[a-z0-9-]+\.oss-cloudbox)\.aliyuncs\.com$/;

/**
 * The readings of a request's Host and path, likeliest first. Usually there is one. Where there are more, the caller keeps
 * the one whose signature verifies: the signed resource always names the bucket, however it was addressed.
 *
 * @param suffixes host names under which buckets are labels, such as the host of the public URL.
 * @param domainBucket the bucket that the host as a whole was bound to.
 */
export function readAddress(
  hostHeader: string,
  target: string,
  suffixes: readonly string[],
  domainBucket?: string,
): Address[] {
  const host = hostName(hostHeader);
  const path = rawPath(target);
  if (domainBucket !== undefined) return [{ bucket: domainBucket, key: decode(path.slice(1)) }];
  const label = bucketLabel(host, suffixes);
  if (label !== undefined) {
    const virtual: Address = { bucket: label, key: decode(path.slice(1)) };
    // ali-oss with an IP endpoint and `sldEnable` names the bucket in both places.
    return path === `/${label}` || path.startsWith(`/${label}/`) ? [virtual, pathStyle(path)] : [virtual];
  }
  const readings = [pathStyle(path)];
  // A name nobody told us about may be BUCKET.NAME: when the signature says so, it is.
  if (isIP(host) === 0 && host.includes('.') && !host.startsWith('.') && !suffixes.includes(host)) {
    readings.push({ bucket: host.slice(0, host.indexOf('.')), key: decode(path.slice(1)) });
  }
  return readings;
}

/** The host when it could be a name that somebody bound to a bucket: none of ours, none of the vendor's, no address. */
export function foreignDomain(hostHeader: string, suffixes: readonly string[]): string | undefined {
  const host = hostName(hostHeader);
  if (isIP(host) !== 0 || !host.includes('.') || suffixes.includes(host)) return undefined;
  return bucketLabel(host, suffixes) === undefined && !host.startsWith('.') ? host : undefined;
}

/** Without port and brackets, in lower case. */
function hostName(header: string): string {
  const host = header.trim().toLowerCase();
  if (host.startsWith('[')) return host.slice(1, host.indexOf(']'));
  const colon = host.indexOf(':');
  return colon < 0 ? host : host.slice(0, colon);
}

/** The bucket that a virtual-hosted name carries; ali-oss sends an empty one (a leading dot) for the service itself. */
function bucketLabel(host: string, suffixes: readonly string[]): string | undefined {
  if (isIP(host) !== 0) return undefined;
  let label = VENDOR_HOST.exec(host)?.[1];
  for (const suffix of ['localhost', ...suffixes]) {
    if (label === undefined && host.endsWith(`.${suffix}`)) label = host.slice(0, -suffix.length - 1);
  }
  return label === '' ? undefined : label;
}

/** The path as sent, also of a request in absolute form. */
function rawPath(target: string): string {
  const question = target.indexOf('?');
  const path = question < 0 ? target : target.slice(0, question);
  if (path.startsWith('/')) return path;
  const afterHost = /^[a-z]+:\/\/[^/]*(\/.*)?$/is.exec(path);
  return afterHost?.[1] ?? '/';
}

function pathStyle(path: string): Address {
  if (path === '/' || path === '') return { key: '' };
  const slash = path.indexOf('/', 1);
  if (slash < 0) return { bucket: decode(path.slice(1)), key: '' };
  return { bucket: decode(path.slice(1, slash)), key: decode(path.slice(slash + 1)) };
}

/** Decodes once, as UTF-8. Nothing is normalised: `..`, `//` and a trailing `/` belong to the key. */
function decode(text: string): string {
  if (!text.includes('%')) {
    // Bytes past ASCII, sent raw, arrive as Latin-1.
    const wellFormed = toUtf8(text);
    if (wellFormed !== undefined) return wellFormed;
  } else {
    try {
      return decodeURIComponent(toUtf8(text) ?? text);
    } catch {
      // Told below.
    }
  }
  throw new OssError('InvalidObjectName', {
    message: 'The path of the URL must be percent-encoded UTF-8.',
    elements: { ObjectName: text },
  });
}

/** Decoded query parameters. Vendor rule: of a repeated one, the first value counts. */
export function readQuery(target: string): Map<string, string> {
  const query = new Map<string, string>();
  const question = target.indexOf('?');
  if (question < 0) return query;
  for (const pair of target.slice(question + 1).split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodeQuery(equals < 0 ? pair : pair.slice(0, equals));
    if (!query.has(name)) query.set(name, equals < 0 ? '' : decodeQuery(pair.slice(equals + 1)));
  }
  return query;
}

/** Python clients write a space as `+`, the others as `%20`; a plus is `%2B` in all of them. */
function decodeQuery(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return toUtf8(spaced) ?? spaced;
  try {
    return decodeURIComponent(toUtf8(spaced) ?? spaced);
  } catch {
    throw new OssError('InvalidArgument', {
      message: 'The query of the URL must be percent-encoded UTF-8.',
      elements: { ArgumentName: text.slice(0, 128), ArgumentValue: '' },
    });
  }
}
