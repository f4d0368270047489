import { createHash, createHmac, createSecretKey, type KeyObject, randomUUID } from 'node:crypto';
import { type Platform, sleep } from '../core/transport.ts';
import { httpTransport } from './http-transport.ts';

/** Node makes an object of each key that comes as bytes: more work than the signature, and a key signs a day's requests. */
const keyObjects = new WeakMap<Uint8Array, KeyObject>();

function keyObjectOf(key: Uint8Array): KeyObject {
  const known = keyObjects.get(key);
  if (known) return known;
  const made = createSecretKey(key);
  keyObjects.set(key, made);
  return made;
}

export const nodePlatform: Platform = {
  hashes: {
    hmacSha1Base64: (key, text) => createHmac('sha1', key).update(text).digest('base64'),
    hmacSha256: (key, text) => createHmac('sha256', key).update(text).digest(),
    hmacSha256Hex: (key, text) => createHmac('sha256', keyObjectOf(key)).update(text).digest('hex'),
    sha256Hex: (text) => createHash('sha256').update(text).digest('hex'),
    md5Base64: (bytes) => createHash('md5').update(bytes).digest('base64'),
    md5Hex: (bytes) => createHash('md5').update(bytes).digest('hex'),
  },
  transport: httpTransport(),
  ownHeaders: true,
  now: Date.now,
  unique: randomUUID,
  random: Math.random,
  sleep,
};
