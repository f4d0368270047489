import type { Served } from '@millrace/protocol/oss';
import { abortMultipartUpload } from './abort-multipart-upload.ts';
import { appendObject } from './append-object.ts';
import { deleteBucket, getBucketInfo, getBucketLocation, headBucket, putBucket } from './bucket.ts';
import { getBucketAcl, putBucketAcl } from './bucket-acl.ts';
import { getBucketStat } from './bucket-stat.ts';
import { getBucketVersioning, putBucketVersioning } from './bucket-versioning.ts';
import type { Handler } from './call.ts';
import { completeMultipartUpload } from './complete-multipart-upload.ts';
import { copyObject } from './copy-object.ts';
import { deleteMultipleObjects } from './delete-multiple-objects.ts';
import { deleteObject } from './delete-object.ts';
import { getObject } from './get-object.ts';
import { getObjectMeta, headObject } from './head-object.ts';
import { initiateMultipartUpload } from './initiate-multipart-upload.ts';
import { listBuckets } from './list-buckets.ts';
import { listMultipartUploads } from './list-multipart-uploads.ts';
import { listObjectVersions } from './list-object-versions.ts';
import { listObjects, listObjectsV2 } from './list-objects.ts';
import { listParts } from './list-parts.ts';
import { getObjectAcl, putObjectAcl } from './object-acl.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './object-tagging.ts';
import { asyncProcessObject, processObject } from './process-object.ts';
import { putObject } from './put-object.ts';
import { cleanRestoredObject, restoreObject } from './restore-object.ts';
import { sealAppendObject } from './seal-append-object.ts';
import { getSymlink, putSymlink } from './symlink.ts';
import { uploadPart } from './upload-part.ts';
import { uploadPartCopy } from './upload-part-copy.ts';

/** One for each operation declared as served: leaving one out does not compile. */
export const handlers: Readonly<Record<keyof Served, Handler>> = {
  ListBuckets: listBuckets,
  PutBucket: putBucket,
  DeleteBucket: deleteBucket,
  HeadBucket: headBucket,
  GetBucketInfo: getBucketInfo,
  GetBucketLocation: getBucketLocation,
  GetBucketStat: getBucketStat,
  PutBucketAcl: putBucketAcl,
  GetBucketAcl: getBucketAcl,
  PutBucketVersioning: putBucketVersioning,
  GetBucketVersioning: getBucketVersioning,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListObjectVersions: listObjectVersions,
  PutObject: putObject,
  GetObject: getObject,
  HeadObject: headObject,
  GetObjectMeta: getObjectMeta,
  DeleteObject: deleteObject,
  DeleteMultipleObjects: deleteMultipleObjects,
  CopyObject: copyObject,
  AppendObject: appendObject,
  SealAppendObject: sealAppendObject,
  PutObjectAcl: putObjectAcl,
  GetObjectAcl: getObjectAcl,
  PutObjectTagging: putObjectTagging,
  GetObjectTagging: getObjectTagging,
  DeleteObjectTagging: deleteObjectTagging,
  PutSymlink: putSymlink,
  GetSymlink: getSymlink,
  RestoreObject: restoreObject,
  CleanRestoredObject: cleanRestoredObject,
  InitiateMultipartUpload: initiateMultipartUpload,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  ListParts: listParts,
  ListMultipartUploads: listMultipartUploads,
  ProcessObject: processObject,
  AsyncProcessObject: asyncProcessObject,
};
