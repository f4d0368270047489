import { encodeKey } from '@millrace/protocol/oss';
import { InvalidRequestError } from '../core/errors.ts';

/** How a bucket is named in a URL. By default as a part of the host, and in the path where the host cannot have parts. */
export type AddressStyle = 'virtual' | 'path' | 'cname';

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** Hosts that no bucket can be put before: addresses, and the names of one machine. */
export const addressStyleOf = ({ hostname }: URL): AddressStyle =>
  IPV4.test(hostname) || hostname.startsWith('[') || !hostname.includes('.') ? 'path' : 'virtual';

export function urlOf(
  endpoint: URL,
  style: AddressStyle,
  bucket: string | undefined,
  key: string | undefined,
  query: string,
): string {
  const path = encodeKey(key ?? '');
  const base = endpoint.pathname.replace(/\/$/, '');
  const place =
    bucket === undefined
      ? `${endpoint.host}${base}/`
      : style === 'path'
        ? `${endpoint.host}${base}/${bucket}/${path}`
        : style === 'cname'
          ? `${endpoint.host}${base}/${path}`
          : `${bucket}.${endpoint.host}${base}/${path}`;
  return `${endpoint.protocol}//${place}${query === '' ? '' : `?${query}`}`;
}

/** Vendor's rules; a bucket becomes a part of the host, so that anything else could lead elsewhere. */
export function checkBucket(bucket: unknown): asserts bucket is string {
  if (typeof bucket !== 'string' || !/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new InvalidRequestError(
      `A bucket is named with 3 to 63 lower-case letters, digits and hyphens, not ${JSON.stringify(bucket)}.`,
    );
  }
}

const LONGEST_KEY = 1023;

export function checkKey(key: unknown): asserts key is string {
  const length = typeof key === 'string' ? new TextEncoder().encode(key).length : 0;
  if (length < 1 || length > LONGEST_KEY) {
    throw new InvalidRequestError(`A key has 1 to ${LONGEST_KEY} bytes of UTF-8, not ${length}.`);
  }
}
