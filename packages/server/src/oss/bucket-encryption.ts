import { served } from '@millrace/protocol/oss';
import type { Encryption } from '../domain/objects/encryption.ts';
import { handle } from './call.ts';
import { readEncryption } from './encryption-headers.ts';
import { OssError } from './oss-error.ts';

export const putBucketEncryption = handle(served.PutBucketEncryption, async ({ body }, call) => {
  const { SSEAlgorithm, KMSMasterKeyID, KMSDataEncryption } = body.ApplyServerSideEncryptionByDefault;
  const encryption = readEncryption({
    serverSideEncryption: SSEAlgorithm,
    serverSideEncryptionKeyId: KMSMasterKeyID,
    serverSideDataEncryption: KMSDataEncryption,
  });
  if (!encryption) throw new OssError('InvalidEncryptionAlgorithmError');
  await call.settings.set(call.bucket, 'encryption', encryption);
  return {};
});

export const getBucketEncryption = handle(served.GetBucketEncryption, async (_input, call) => {
  const encryption = await call.settings.get(call.bucket, 'encryption');
  if (!encryption) {
    throw new OssError('NoSuchServerSideEncryptionRule', { elements: { BucketName: call.bucket.name } });
  }
  return { result: { ApplyServerSideEncryptionByDefault: encryptionRule(encryption) } };
});

export const deleteBucketEncryption = handle(served.DeleteBucketEncryption, async (_input, call) => {
  await call.settings.unset(call.bucket, 'encryption');
  return {};
});

/** How documents spell it. */
export const encryptionRule = ({ algorithm, keyId, dataEncryption }: Encryption) => ({
  SSEAlgorithm: algorithm,
  KMSMasterKeyID: keyId,
  KMSDataEncryption: dataEncryption,
});
