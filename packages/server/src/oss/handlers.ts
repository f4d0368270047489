import type { Served } from '@millrace/protocol/oss';
import { abortMultipartUpload } from './abort-multipart-upload.ts';
import { appendObject } from './append-object.ts';
import { deleteBucket, getBucketInfo, getBucketLocation, headBucket, putBucket } from './bucket.ts';
import { getBucketAccessMonitor, putBucketAccessMonitor } from './bucket-access-monitor.ts';
import { getBucketAcl, putBucketAcl } from './bucket-acl.ts';
import { getBucketArchiveDirectRead, putBucketArchiveDirectRead } from './bucket-archive-direct-read.ts';
import { deleteBucketCors, getBucketCors, putBucketCors } from './bucket-cors.ts';
import { deleteBucketEncryption, getBucketEncryption, putBucketEncryption } from './bucket-encryption.ts';
import { getBucketHttpsConfig, putBucketHttpsConfig } from './bucket-https-config.ts';
import {
  deleteBucketInventory,
  getBucketInventory,
  listBucketInventory,
  putBucketInventory,
} from './bucket-inventory.ts';
import { deleteBucketLifecycle, getBucketLifecycle, putBucketLifecycle } from './bucket-lifecycle.ts';
import {
  deleteBucketLogging,
  deleteUserDefinedLogFieldsConfig,
  getBucketLogging,
  getUserDefinedLogFieldsConfig,
  putBucketLogging,
  putUserDefinedLogFieldsConfig,
} from './bucket-logging.ts';
import { getBucketObjectWormConfiguration, putBucketObjectWormConfiguration } from './bucket-object-worm.ts';
import {
  deleteBucketOverwriteConfig,
  getBucketOverwriteConfig,
  putBucketOverwriteConfig,
} from './bucket-overwrite-config.ts';
import { deleteBucketPolicy, getBucketPolicy, getBucketPolicyStatus, putBucketPolicy } from './bucket-policy.ts';
import { getBucketProcessConfiguration, putBucketProcessConfiguration } from './bucket-process-configuration.ts';
import { getBucketReferer, putBucketReferer } from './bucket-referer.ts';
import { getBucketRequestPayment, putBucketRequestPayment } from './bucket-request-payment.ts';
import { getBucketResourceGroup, putBucketResourceGroup } from './bucket-resource-group.ts';
import { getBucketStat } from './bucket-stat.ts';
import { deleteBucketTags, getBucketTags, putBucketTags } from './bucket-tags.ts';
import { getBucketTransferAcceleration, putBucketTransferAcceleration } from './bucket-transfer-acceleration.ts';
import { getBucketVersioning, putBucketVersioning } from './bucket-versioning.ts';
import { deleteBucketWebsite, getBucketWebsite, putBucketWebsite } from './bucket-website.ts';
import {
  abortBucketWorm,
  completeBucketWorm,
  extendBucketWorm,
  getBucketWorm,
  initiateBucketWorm,
} from './bucket-worm.ts';
import type { Handler } from './call.ts';
import { createCnameToken, deleteCname, getCnameToken, listCname, putCname } from './cname.ts';
import { completeMultipartUpload } from './complete-multipart-upload.ts';
import { copyObject } from './copy-object.ts';
import { deleteMultipleObjects } from './delete-multiple-objects.ts';
import { deleteObject } from './delete-object.ts';
import { describeRegions } from './describe-regions.ts';
import { getObject } from './get-object.ts';
import { getObjectMeta, headObject } from './head-object.ts';
import { initiateMultipartUpload } from './initiate-multipart-upload.ts';
import { listBuckets } from './list-buckets.ts';
import { listLiveChannel } from './list-live-channel.ts';
import { listMultipartUploads } from './list-multipart-uploads.ts';
import { listObjectVersions } from './list-object-versions.ts';
import { listObjects, listObjectsV2 } from './list-objects.ts';
import { listParts } from './list-parts.ts';
import { getObjectAcl, putObjectAcl } from './object-acl.ts';
import { getObjectLegalHold, putObjectLegalHold } from './object-legal-hold.ts';
import { getObjectRetention, putObjectRetention } from './object-retention.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './object-tagging.ts';
import { optionBucket, optionObject } from './option-object.ts';
import { postObject } from './post-object.ts';
import { asyncProcessObject, processObject } from './process-object.ts';
import {
  deleteBucketPublicAccessBlock,
  deletePublicAccessBlock,
  getBucketPublicAccessBlock,
  getPublicAccessBlock,
  putBucketPublicAccessBlock,
  putPublicAccessBlock,
} from './public-access-block.ts';
import { putObject } from './put-object.ts';
import { cleanRestoredObject, restoreObject } from './restore-object.ts';
import { sealAppendObject } from './seal-append-object.ts';
import { createSelectJsonObjectMeta, createSelectObjectMeta, selectJsonObject, selectObject } from './select-object.ts';
import { deleteStyle, getStyle, listStyle, putStyle } from './style.ts';
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
  PutBucketPolicy: putBucketPolicy,
  GetBucketPolicy: getBucketPolicy,
  DeleteBucketPolicy: deleteBucketPolicy,
  GetBucketPolicyStatus: getBucketPolicyStatus,
  PutBucketPublicAccessBlock: putBucketPublicAccessBlock,
  GetBucketPublicAccessBlock: getBucketPublicAccessBlock,
  DeleteBucketPublicAccessBlock: deleteBucketPublicAccessBlock,
  PutPublicAccessBlock: putPublicAccessBlock,
  GetPublicAccessBlock: getPublicAccessBlock,
  DeletePublicAccessBlock: deletePublicAccessBlock,
  PutBucketVersioning: putBucketVersioning,
  GetBucketVersioning: getBucketVersioning,
  PutBucketAccessMonitor: putBucketAccessMonitor,
  GetBucketAccessMonitor: getBucketAccessMonitor,
  PutBucketArchiveDirectRead: putBucketArchiveDirectRead,
  GetBucketArchiveDirectRead: getBucketArchiveDirectRead,
  PutBucketCors: putBucketCors,
  GetBucketCors: getBucketCors,
  DeleteBucketCors: deleteBucketCors,
  PutBucketInventory: putBucketInventory,
  GetBucketInventory: getBucketInventory,
  DeleteBucketInventory: deleteBucketInventory,
  ListBucketInventory: listBucketInventory,
  PutBucketLifecycle: putBucketLifecycle,
  GetBucketLifecycle: getBucketLifecycle,
  DeleteBucketLifecycle: deleteBucketLifecycle,
  PutBucketHttpsConfig: putBucketHttpsConfig,
  GetBucketHttpsConfig: getBucketHttpsConfig,
  PutBucketLogging: putBucketLogging,
  GetBucketLogging: getBucketLogging,
  DeleteBucketLogging: deleteBucketLogging,
  PutUserDefinedLogFieldsConfig: putUserDefinedLogFieldsConfig,
  GetUserDefinedLogFieldsConfig: getUserDefinedLogFieldsConfig,
  DeleteUserDefinedLogFieldsConfig: deleteUserDefinedLogFieldsConfig,
  PutBucketOverwriteConfig: putBucketOverwriteConfig,
  GetBucketOverwriteConfig: getBucketOverwriteConfig,
  DeleteBucketOverwriteConfig: deleteBucketOverwriteConfig,
  PutBucketProcessConfiguration: putBucketProcessConfiguration,
  GetBucketProcessConfiguration: getBucketProcessConfiguration,
  PutBucketReferer: putBucketReferer,
  GetBucketReferer: getBucketReferer,
  PutBucketRequestPayment: putBucketRequestPayment,
  GetBucketRequestPayment: getBucketRequestPayment,
  PutBucketResourceGroup: putBucketResourceGroup,
  GetBucketResourceGroup: getBucketResourceGroup,
  PutBucketTags: putBucketTags,
  GetBucketTags: getBucketTags,
  DeleteBucketTags: deleteBucketTags,
  PutBucketTransferAcceleration: putBucketTransferAcceleration,
  GetBucketTransferAcceleration: getBucketTransferAcceleration,
  PutBucketWebsite: putBucketWebsite,
  GetBucketWebsite: getBucketWebsite,
  DeleteBucketWebsite: deleteBucketWebsite,
  InitiateBucketWorm: initiateBucketWorm,
  AbortBucketWorm: abortBucketWorm,
  CompleteBucketWorm: completeBucketWorm,
  ExtendBucketWorm: extendBucketWorm,
  GetBucketWorm: getBucketWorm,
  PutBucketObjectWormConfiguration: putBucketObjectWormConfiguration,
  GetBucketObjectWormConfiguration: getBucketObjectWormConfiguration,
  CreateCnameToken: createCnameToken,
  GetCnameToken: getCnameToken,
  PutCname: putCname,
  DeleteCname: deleteCname,
  ListCname: listCname,
  DescribeRegions: describeRegions,
  ListLiveChannel: listLiveChannel,
  OptionObject: optionObject,
  OptionBucket: optionBucket,
  PutStyle: putStyle,
  GetStyle: getStyle,
  DeleteStyle: deleteStyle,
  ListStyle: listStyle,
  PutBucketEncryption: putBucketEncryption,
  GetBucketEncryption: getBucketEncryption,
  DeleteBucketEncryption: deleteBucketEncryption,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListObjectVersions: listObjectVersions,
  PutObject: putObject,
  PostObject: postObject,
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
  PutObjectRetention: putObjectRetention,
  GetObjectRetention: getObjectRetention,
  PutObjectLegalHold: putObjectLegalHold,
  GetObjectLegalHold: getObjectLegalHold,
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
  SelectObject: selectObject,
  SelectJsonObject: selectJsonObject,
  CreateSelectObjectMeta: createSelectObjectMeta,
  CreateSelectJsonObjectMeta: createSelectJsonObjectMeta,
};
