import { join } from 'node:path';
import type { Random } from '../../domain/ports/random.ts';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const FILE = 'root-key.json';

function randomText(random: Random, length: number): string {
  // Bytes past the largest multiple of the alphabet's size are thrown away, so that all letters are equally likely.
  const fair = 256 - (256 % ALPHABET.length);
  let text = '';
  while (text.length < length) {
    for (const byte of random.bytes(length)) {
      if (byte < fair && text.length < length) text += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return text;
}

/** The root key pair kept in the data folder, made there at first start; readable by its owner only. */
export function openRootKey(folder: string, random: Random): { id: string; secret: string; generated: boolean } {
  const kept = readSecretFile(folder, FILE);
  if (kept !== undefined) {
    const { accessKeyId, accessKeySecret }: { accessKeyId?: unknown; accessKeySecret?: unknown } = JSON.parse(kept);
    if (typeof accessKeyId !== 'string' || typeof accessKeySecret !== 'string') {
      const path = join(folder, FILE);
      throw new Error(`${path} must hold accessKeyId and accessKeySecret; remove it to have a new pair generated`);
    }
    return { id: accessKeyId, secret: accessKeySecret, generated: false };
  }
  const id = `MR${randomText(random, 18)}`;
  const secret = randomText(random, 30);
  writeSecretFile(folder, FILE, `${JSON.stringify({ accessKeyId: id, accessKeySecret: secret }, null, 2)}\n`);
  return { id, secret, generated: true };
}
