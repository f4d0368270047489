import { bool, struct, xmlDocument } from '../xml/index.ts';
import { getDocument, putDocument } from './bucket-document.ts';

const document = xmlDocument('ArchiveDirectReadConfiguration', struct({ Enabled: bool }));

export const putBucketArchiveDirectRead = putDocument(
  'PutBucketArchiveDirectRead',
  'bucketArchiveDirectRead',
  document,
);
export const getBucketArchiveDirectRead = getDocument(
  'GetBucketArchiveDirectRead',
  'bucketArchiveDirectRead',
  document,
);
