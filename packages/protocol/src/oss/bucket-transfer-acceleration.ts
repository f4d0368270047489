import { bool, struct, xmlDocument } from '../xml/index.ts';
import { getDocument, putDocument } from './bucket-document.ts';

const document = xmlDocument('TransferAccelerationConfiguration', struct({ Enabled: bool }));

export const putBucketTransferAcceleration = putDocument(
  'PutBucketTransferAcceleration',
  'transferAcceleration',
  document,
);
export const getBucketTransferAcceleration = getDocument(
  'GetBucketTransferAcceleration',
  'transferAcceleration',
  document,
  { errors: ['NoSuchTransferAccelerationConfiguration'] },
);
