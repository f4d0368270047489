import { randomBytes } from 'node:crypto';
import { BlobCiphers } from '../../domain/objects/blob-cipher.ts';
import type { MasterKey } from '../../domain/ports/master-keys.ts';

/** Ciphers for tests that look at something else, with a master key that lives as long as they do. */
export function testCiphers(): BlobCiphers {
  const key: MasterKey = { id: 'test', secret: randomBytes(32) };
  const keys = { current: () => key, find: (id: string) => (id === key.id ? key : undefined) };
  return new BlobCiphers({ keys, random: { bytes: (count) => randomBytes(count) } });
}
