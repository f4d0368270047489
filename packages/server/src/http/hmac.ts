import { createHmac, createSecretKey, type Hmac, hash, type KeyObject } from 'node:crypto';

/** More secrets than one server's users sign with at a time; past it the memory is worth more than the microseconds. */
const KEPT_SECRETS = 1024;

const bySecret = new Map<string, KeyObject>();
const byBytes = new WeakMap<Uint8Array, KeyObject>();

/**
 * An HMAC under a secret. The secret is turned into a key object once and kept: handing `createHmac` the raw secret costs
 * it 17 µs for each signature, a key object 2 µs.
 */
export function hmac(algorithm: 'sha1' | 'sha256', secret: string | Uint8Array): Hmac {
  return createHmac(algorithm, typeof secret === 'string' ? keyOfText(secret) : keyOfBytes(secret));
}

function keyOfText(secret: string): KeyObject {
  let key = bySecret.get(secret);
  if (!key) {
    if (bySecret.size >= KEPT_SECRETS) bySecret.clear();
    key = createSecretKey(secret, 'utf8');
    bySecret.set(secret, key);
  }
  return key;
}

function keyOfBytes(secret: Uint8Array): KeyObject {
  let key = byBytes.get(secret);
  if (!key) {
    key = createSecretKey(secret);
    byBytes.set(secret, key);
  }
  return key;
}

/** Bytes that SHA-256 works on at a time; keys are padded to as many. */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;

/** A key's two paddings (RFC 2104), each with room behind it for what is hashed after it. */
interface Paddings {
  inner: Buffer;
  outer: Buffer;
}

const paddings = new WeakMap<Uint8Array, Paddings>();

/**
 * HMAC-SHA-256 in hex under a key that is used again and again, such as the signing key of a day. Two hashes in one call
 * each: among all else that a request does they take 3 µs, an `Hmac` object with its finalizer 10 µs.
 *
 * @param key at most 64 bytes.
 */
export function hmacSha256Hex(key: Uint8Array, text: string): string {
  if (key.length > BLOCK_BYTES) throw new RangeError(`The key must not exceed ${BLOCK_BYTES} bytes.`);
  let pads = paddings.get(key);
  if (!pads) {
    pads = { inner: padded(key, 0x36, 1024), outer: padded(key, 0x5c, DIGEST_BYTES) };
    paddings.set(key, pads);
  }
  const length = Buffer.byteLength(text);
  if (BLOCK_BYTES + length > pads.inner.length) pads.inner = padded(key, 0x36, length);
  pads.inner.write(text, BLOCK_BYTES);
  pads.outer.write(hash('sha256', pads.inner.subarray(0, BLOCK_BYTES + length)), BLOCK_BYTES, 'hex');
  return hash('sha256', pads.outer, 'hex');
}

function padded(key: Uint8Array, pad: number, room: number): Buffer {
  const bytes = Buffer.alloc(BLOCK_BYTES + room);
  for (let at = 0; at < BLOCK_BYTES; at++) bytes[at] = (key[at] ?? 0) ^ pad;
  return bytes;
}
