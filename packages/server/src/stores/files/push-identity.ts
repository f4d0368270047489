import { createPublicKey, generateKeyPair, type KeyObject, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import { readSecretFile, writeSecretFile } from './secret-file.ts';
import { selfSignedCertificate } from './self-signed-certificate.ts';

const FILE = 'push-identity.pem';
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n?/;

export interface PushIdentity {
  /** PEM. */
  privateKey: string;
  certificate: string;
}

/**
 * What pushes are signed with and verified by: an RSA key and a certificate of it, made when first needed and kept in the
 * data folder. Whoever has a key and certificate of their own puts both into that file.
 */
export async function openPushIdentity(folder: string, nowMs: number): Promise<PushIdentity> {
  const kept = readSecretFile(folder, FILE);
  if (kept !== undefined) return readIdentity(kept);
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const certificate = selfSignedCertificate({ privateKey, publicKey, commonName: 'millrace', nowMs });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  writeSecretFile(folder, FILE, pem + certificate);
  return { privateKey: pem, certificate };
}

function readIdentity(text: string): PushIdentity {
  const certificate = CERTIFICATE.exec(text)?.[0];
  const privateKey = text.replace(CERTIFICATE, '').trim();
  let pair: { certified: KeyObject; own: KeyObject } | undefined;
  try {
    if (certificate !== undefined) {
      pair = { certified: new X509Certificate(certificate).publicKey, own: createPublicKey(privateKey) };
    }
  } catch {
    // Said below.
  }
  if (certificate === undefined || !pair?.certified.equals(pair.own)) {
    throw new Error(`${FILE} in the data folder must hold a private RSA key and its certificate, both as PEM.`);
  }
  return { privateKey, certificate };
}
