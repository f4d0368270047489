import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { DomainError } from '../errors.ts';
import type { BlobId } from '../ports/blob-store.ts';
import type { MasterKeys } from '../ports/master-keys.ts';
import type { Random } from '../ports/random.ts';

/** What the bytes of a blob are encrypted with. Both are counter modes, which give any range without what is before it. */
export type CipherName = 'AES256' | 'SM4';

const CIPHERS = {
  AES256: { algorithm: 'aes-256-ctr', keyBytes: 32 },
  SM4: { algorithm: 'sm4-ctr', keyBytes: 16 },
} as const;

const BLOCK_BYTES = 16;
const TAG_BYTES = 16;
/** Never used twice with one key: each blob has its own, and each of these is sealed with one of its own. */
const NO_NONCE = Buffer.alloc(12);

/**
 * Encrypts blobs, each with a random key of its own. That key is stored beside the blob's record, sealed with a master key
 * that is not: `CIPHER.MASTER.SEALED`. Ciphertext is as long as its plaintext, and checksums are of the plaintext, which
 * is what clients compare and what a wrong key or a flipped bit would change.
 */
export class BlobCiphers {
  #keys: MasterKeys;
  #random: Random;

  constructor(dependencies: { keys: MasterKeys; random: Random }) {
    this.#keys = dependencies.keys;
    this.#random = dependencies.random;
  }

  /** A key for a new blob: what to store beside its record, and what to pass its bytes through, in order. */
  begin(cipher: CipherName, blob: BlobId): { seal: string; encrypt: (chunk: Uint8Array) => Uint8Array } {
    const { algorithm, keyBytes } = CIPHERS[cipher];
    const master = this.#keys.current();
    const key = this.#random.bytes(keyBytes);
    const sealer = createCipheriv('aes-256-gcm', sealingKey(master.secret, blob), NO_NONCE);
    sealer.setAAD(Buffer.from(cipher));
    const sealed = Buffer.concat([sealer.update(key), sealer.final(), sealer.getAuthTag()]).toString('base64');
    const encryptor = createCipheriv(algorithm, key, Buffer.alloc(BLOCK_BYTES));
    return { seal: `${cipher}.${master.id}.${sealed}`, encrypt: (chunk) => encryptor.update(chunk) };
  }

  /** What turns the bytes of a blob from `offset` on, in order, back into plaintext. Throws `KeyMissing` or `BlobDamaged`. */
  open(seal: string, blob: BlobId, offset: number): (chunk: Uint8Array) => Uint8Array {
    const [word, masterId = '', sealed = ''] = seal.split('.');
    const cipher = cipherOf(seal);
    if (cipher === undefined) throw damaged(blob, `It is encrypted with ${word}, which is not known.`);
    const master = this.#keys.find(masterId);
    if (!master) throw new DomainError('KeyMissing', { keyId: masterId, blob });
    const bytes = Buffer.from(sealed, 'base64');
    const opener = createDecipheriv('aes-256-gcm', sealingKey(master.secret, blob), NO_NONCE);
    opener.setAAD(Buffer.from(cipher));
    let key: Buffer;
    try {
      opener.setAuthTag(bytes.subarray(-TAG_BYTES));
      key = Buffer.concat([opener.update(bytes.subarray(0, -TAG_BYTES)), opener.final()]);
    } catch (cause) {
      throw damaged(blob, 'Its key cannot be opened.', cause);
    }
    const decryptor = createDecipheriv(CIPHERS[cipher].algorithm, key, counterAt(offset));
    // Within a block the counter cannot start, so the bytes before are gone through without being kept.
    decryptor.update(Buffer.alloc(offset % BLOCK_BYTES));
    return (chunk) => decryptor.update(chunk);
  }
}

/** What a seal says that its blob is encrypted with. */
export function cipherOf(seal: string | undefined): CipherName | undefined {
  const word = seal?.split('.', 1)[0];
  return word === 'AES256' || word === 'SM4' ? word : undefined;
}

function counterAt(offset: number): Buffer {
  const counter = Buffer.alloc(BLOCK_BYTES);
  counter.writeBigUInt64BE(BigInt(Math.floor(offset / BLOCK_BYTES)), BLOCK_BYTES - 8);
  return counter;
}

/** One for each blob, so that a seal copied to another blob does not open. */
function sealingKey(secret: Uint8Array, blob: BlobId): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, blob, 'millrace blob key', 32));
}

const damaged = (blob: BlobId, reason: string, cause?: unknown): DomainError =>
  new DomainError('BlobDamaged', { blob, reason }, { cause });
