import type { Encryption } from '../domain/objects/encryption.ts';
import type { ObjectTraits } from '../domain/ports/object-records.ts';
import { invalidArgument, OssError } from './oss-error.ts';

/** Which key `KMS` is when nobody names one, as the vendor calls its own. Answers always name one. */
const DEFAULT_KEY_ID = 'alias/acs/oss';

interface EncryptionInput {
  serverSideEncryption?: string | undefined;
  serverSideEncryptionKeyId?: string | undefined;
  serverSideDataEncryption?: string | undefined;
}

/** How a request wants its object encrypted; undefined when it does not say. */
export function readEncryption(input: EncryptionInput): Encryption | undefined {
  // Clients send empty words for "none".
  const algorithm = input.serverSideEncryption || undefined;
  const keyId = input.serverSideEncryptionKeyId || undefined;
  // Vendor rule: it goes with KMS, and is not looked at with any other.
  const dataEncryption = algorithm === 'KMS' ? input.serverSideDataEncryption || undefined : undefined;
  if (algorithm !== undefined && algorithm !== 'AES256' && algorithm !== 'SM4' && algorithm !== 'KMS') {
    throw new OssError('InvalidEncryptionAlgorithmError', {
      elements: { ArgumentName: 'x-oss-server-side-encryption', ArgumentValue: algorithm },
    });
  }
  if (keyId !== undefined && algorithm !== 'KMS') {
    throw invalidArgument('x-oss-server-side-encryption-key-id', keyId, 'A key id goes with the encryption KMS only.');
  }
  if (dataEncryption !== undefined && dataEncryption !== 'SM4') {
    const message = 'The data encryption can be SM4 only.';
    throw invalidArgument('x-oss-server-side-data-encryption', dataEncryption, message);
  }
  return algorithm && { algorithm, ...(keyId !== undefined && { keyId }), ...(dataEncryption && { dataEncryption }) };
}

/** Vendor rule: how an upload is encrypted is said at its beginning, and not again. Names alone are refused, empty or not. */
export function refuseEncryption(input: EncryptionInput): void {
  const said = input.serverSideEncryption ?? input.serverSideEncryptionKeyId ?? input.serverSideDataEncryption;
  if (said === undefined) return;
  const message = 'An upload is encrypted as InitiateMultipartUpload says. Leave this header out.';
  throw invalidArgument('x-oss-server-side-encryption', said, message);
}

/** How answers tell it. */
export const encryptionFacts = ({ encryption }: Pick<ObjectTraits, 'encryption'>) => ({
  serverSideEncryption: encryption?.algorithm,
  serverSideEncryptionKeyId: encryption?.algorithm === 'KMS' ? (encryption.keyId ?? DEFAULT_KEY_ID) : undefined,
  serverSideDataEncryption: encryption?.dataEncryption,
});
