import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

const FILE = 'callback-key.pem';
const RSA = {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
} as const;

/** The RSA key that callbacks are signed with, as PEM: made when it is first needed, and kept in the data folder. */
export async function openCallbackKey(folder: string): Promise<string> {
  const kept = readSecretFile(folder, FILE);
  if (kept !== undefined) return kept;
  const { privateKey } = await promisify(generateKeyPair)('rsa', RSA);
  writeSecretFile(folder, FILE, privateKey);
  return privateKey;
}
