import { DomainError } from '../errors.ts';

const BUCKET_NAME = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/** Vendor rule: 3–63 characters of `a-z 0-9 -`, first and last a letter or digit. */
export function checkBucketName(bucket: string): void {
  if (!BUCKET_NAME.test(bucket)) throw new DomainError('InvalidBucketName', { bucket });
}

const MAX_KEY_BYTES = 1023;

/**
 * Vendor rule: 1–1023 bytes of UTF-8 that do not begin with `/` or `\`. Anything else is allowed, `..` and control
 * characters included: a key is never a file name.
 */
export function checkObjectKey(key: string): void {
  if (key === '') throw new DomainError('InvalidObjectKey', { key, reason: 'An object key must not be empty.' });
  if (key.startsWith('/') || key.startsWith('\\')) {
    throw new DomainError('InvalidObjectKey', { key, reason: 'An object key must not begin with / or \\.' });
  }
  if (!key.isWellFormed()) {
    throw new DomainError('InvalidObjectKey', { key, reason: 'An object key must be valid UTF-8.' });
  }
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new DomainError('InvalidObjectKey', { key, reason: `An object key must not exceed ${MAX_KEY_BYTES} bytes.` });
  }
}
