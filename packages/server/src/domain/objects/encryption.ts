import type { BucketRow, ObjectTraits, Segment } from '../ports/object-records.ts';
import type { Reads } from '../ports/record-store.ts';
import { type CipherName, cipherOf } from './blob-cipher.ts';

/** How a writer, or the bucket by default, wants an object encrypted. */
export interface Encryption {
  /** `KMS` is a key that somebody manages: here the server does so itself, and keeps in mind under which name. */
  algorithm: 'AES256' | 'KMS' | 'SM4';
  /** Of `KMS` only. */
  keyId?: string;
  /** Of `KMS` only: the cipher of the bytes, where it is not AES-256. */
  dataEncryption?: 'SM4';
}

/** What the bytes of an object are encrypted with. */
export function cipherFor(encryption: Encryption | undefined): CipherName | undefined {
  if (encryption === undefined) return undefined;
  return encryption.algorithm === 'SM4' || encryption.dataEncryption === 'SM4' ? 'SM4' : 'AES256';
}

/** As an object has it: not at all, rather than undefined. */
export const encryptionTrait = (encryption: Encryption | undefined): Pick<ObjectTraits, 'encryption'> =>
  encryption ? { encryption } : {};

/** How a new object is encrypted: as its writer asked, or else as its bucket does by default. */
export async function encryptionOf(
  reads: Reads,
  bucket: BucketRow,
  asked: Encryption | undefined,
): Promise<Encryption | undefined> {
  return asked ?? (await reads.settings.of(bucket.id)).encryption;
}

/** Whether all bytes of these segments are encrypted with this cipher already. */
export async function allSealedWith(cipher: CipherName, segments: readonly Segment[], reads: Reads): Promise<boolean> {
  for (const blob of new Set(segments.map((segment) => segment.blob))) {
    if (cipherOf((await reads.blobs.content(blob))?.seal) !== cipher) return false;
  }
  return true;
}
