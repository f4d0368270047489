import { createCipheriv, createDecipheriv } from 'node:crypto';
import { join } from 'node:path';
import type { Random } from '../../domain/ports/random.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

const FILE = 'secret-box.key';
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM under a key in the data folder, made at first start and readable by its owner only: a copy of the records
 * alone gives no secret away. Nonces are random; at 96 bits some billions can be drawn before two are likely to be alike.
 */
export function openSecretBox(folder: string, random: Random): SecretBox {
  let text = readSecretFile(folder, FILE);
  if (text === undefined) {
    text = `${Buffer.from(random.bytes(KEY_BYTES)).toString('base64')}\n`;
    writeSecretFile(folder, FILE, text);
  }
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== KEY_BYTES) {
    throw new Error(`${join(folder, FILE)} must hold ${KEY_BYTES} bytes in base64: restore it from a backup.`);
  }
  return {
    seal(secret, purpose) {
      const nonce = random.bytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(purpose));
      const hidden = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, hidden, cipher.getAuthTag()]).toString('base64url');
    },
    open(sealed, purpose) {
      const bytes = Buffer.from(sealed, 'base64url');
      // Text in any other spelling of the same bytes was not made here.
      if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== sealed) return undefined;
      const end = bytes.length - TAG_BYTES;
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(purpose))
        .setAuthTag(bytes.subarray(end));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, end)), decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
